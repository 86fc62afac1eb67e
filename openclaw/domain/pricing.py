"""What models cost, in whole millionths of a US dollar. Pure, and without fractions: money is counted.

A price of 3 US dollars for a million tokens is 3 millionths a token; prices are kept in thousandths of that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from openclaw.domain.run import Usage

MICRO_PER_USD = 1_000_000
_PARTS = 1_000
_CENT = MICRO_PER_USD // 100


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """Thousandths of a millionth of a US dollar for a token, of each kind."""

    input: int
    output: int
    cache_read: int
    cache_write: int
    #: Above so many tokens of input in one call, what is read from caches included, all of its tokens cost ``beyond``.
    most_input: int = 0
    beyond: ModelPrice | None = None

    @classmethod
    def per_million(
        cls, input_usd: float, output_usd: float, cache_read_usd: float | None, cache_write_usd: float | None
    ) -> ModelPrice:
        """From US dollars for a million tokens. What is not said of a cache costs as much as other input."""
        read = input_usd if cache_read_usd is None else cache_read_usd
        write = input_usd if cache_write_usd is None else cache_write_usd
        asked, answered, read_in, written = (round(usd * _PARTS) for usd in (input_usd, output_usd, read, write))
        return cls(asked, answered, read_in, written)

    def cost(self, usage: Usage) -> int:
        """What one call costs, in millionths of a US dollar, rounded up."""
        asked = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens
        if self.beyond is not None and asked > self.most_input:
            return self.beyond.cost(usage)
        parts = (
            usage.input_tokens * self.input
            + usage.output_tokens * self.output
            + usage.cache_read_tokens * self.cache_read
            + usage.cache_write_tokens * self.cache_write
        )
        return -(-parts // _PARTS)


FREE = ModelPrice(0, 0, 0, 0)


def priced(usage: Usage, price: ModelPrice | None) -> Usage:
    """The usage with what it cost; a model without a known price costs nothing that could be counted."""
    return usage if price is None else replace(usage, cost_microusd=price.cost(usage))


def usd(microusd: int) -> str:
    """For people: two digits behind the point, more for less than a cent."""
    value = microusd / MICRO_PER_USD
    return f"${value:.6f}".rstrip("0") if 0 < microusd < _CENT else f"${value:.2f}"
