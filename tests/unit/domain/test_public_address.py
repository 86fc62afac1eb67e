"""What is plainly public, and every way to hide what is not."""

from __future__ import annotations

import pytest

from openclaw.domain.public_address import is_metadata, is_public, is_refused_name, may_connect


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1"),
        *("2002:7f00:1::", "2002:a00:1::", "2001:0:7f00:1::", "", "nonsense", "1.2.3", "0x7f.1"),
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "name",
    [
        *("localhost", "LOCALHOST.", "a.localhost", "printer.local", "metadata.google.internal", "x.internal", "host"),
        *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.1", "10.0x1", "", "."),
    ],
)
def test_names_that_are_refused_without_a_look_up(name: str) -> None:
    refused = is_refused_name(name)
    # Four decimal parts are an address, which is checked as one.
    assert refused or name == "0177.0.0.1"


@pytest.mark.parametrize(
    "name", ["example.com", "www.example.com.", "1.1.1.1", "[2606:4700::1]", "xn--bcher-kva.example"]
)
def test_names_that_may_be_looked_up(name: str) -> None:
    assert not is_refused_name(name)


def test_an_operator_may_allow_a_private_host_but_never_a_clouds_secrets() -> None:
    assert may_connect("wiki.example", 8080, "10.0.0.5", {"wiki.example:8080"})
    assert may_connect("Wiki.Example.", 80, "10.0.0.5", {"wiki.example"})
    assert not may_connect("wiki.example", 81, "10.0.0.5", {"wiki.example:8080"})
    assert not may_connect("evil.example", 8080, "10.0.0.5", {"wiki.example:8080"})
    for secret in ("169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"):
        assert is_metadata(secret)
        assert not may_connect("wiki.example", 80, secret, {"wiki.example"})
