"""Devices, tokens, pairing requests and setup codes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from openclaw.domain.pairing import Access, Device, PairRequest
from openclaw.ports.devices import DeviceToken, SetupCode, scopes_of
from openclaw.store.database import Database
from openclaw.store.models import device_tokens, devices, pair_requests, setup_codes
from openclaw.store.repositories.upsert import DialectInsert
from openclaw.store.rows import AnyRow

_DEVICE = select(devices).where(devices.c.device_id == bindparam("p_device"))
_DEVICES = select(devices).order_by(devices.c.approved_at_ms.desc(), devices.c.device_id)
_ROLES = select(devices.c.device_id, devices.c.roles).where(devices.c.device_id.in_(bindparam("p_ids", expanding=True)))
_LOCK_DEVICE = _DEVICE.with_for_update()
_NEW_DEVICE = DialectInsert(devices, lambda insert: insert.on_conflict_do_nothing())
_EXTEND = (
    update(devices)
    .where(devices.c.device_id == bindparam("p_device"))
    .values(
        roles=bindparam("p_roles"),
        scopes=bindparam("p_scopes"),
        approved_via=bindparam("p_via"),
        approved_at_ms=bindparam("p_now"),
    )
)
_SEEN = (
    update(devices)
    .where(devices.c.device_id == bindparam("p_device"))
    .values(client=bindparam("p_client"), remote_ip=bindparam("p_ip"), last_seen_at_ms=bindparam("p_now"))
)
_RENAME = (
    update(devices)
    .where(devices.c.device_id == bindparam("p_device"))
    .values(label=bindparam("p_label"))
    .returning(devices.c.device_id)
)
_SET_ROLES = update(devices).where(devices.c.device_id == bindparam("p_device")).values(roles=bindparam("p_roles"))
_REMOVE = delete(devices).where(devices.c.device_id == bindparam("p_device"))

_holds = device_tokens.c.revoked_at_ms.is_(None)
_of_role = (device_tokens.c.device_id == bindparam("p_device"), device_tokens.c.role == bindparam("p_role"))
_TOKEN = select(device_tokens).where(device_tokens.c.token_hash == bindparam("p_hash"))
_TOKENS = (
    select(device_tokens)
    .where(device_tokens.c.device_id.in_(bindparam("p_ids", expanding=True)), _holds)
    .order_by(device_tokens.c.created_at_ms.desc(), device_tokens.c.token_hash)
)
_HOLDING = (
    select(device_tokens.c.token_hash)
    .where(*_of_role, _holds)
    .order_by(device_tokens.c.created_at_ms.desc(), device_tokens.c.token_hash)
)
_NEW_TOKEN = insert(device_tokens)
_DROP_TOKENS = delete(device_tokens).where(device_tokens.c.token_hash.in_(bindparam("p_hashes", expanding=True)))
_DROP_OF_DEVICE = delete(device_tokens).where(device_tokens.c.device_id == bindparam("p_device"))
_REVOKE = (
    update(device_tokens)
    .where(*_of_role, _holds)
    .values(revoked_at_ms=bindparam("p_now"))
    .returning(device_tokens.c.token_hash)
)
_USED = (
    update(device_tokens)
    .where(device_tokens.c.token_hash == bindparam("p_hash"))
    .values(last_used_at_ms=bindparam("p_now"))
)

_REQUEST = select(pair_requests).where(
    pair_requests.c.request_id == bindparam("p_request"), pair_requests.c.expires_at_ms > bindparam("p_now")
)
_REQUESTS = (
    select(pair_requests)
    .where(pair_requests.c.expires_at_ms > bindparam("p_now"))
    .order_by(pair_requests.c.created_at_ms, pair_requests.c.request_id)
)
_REQUEST_OF = select(pair_requests).where(pair_requests.c.device_id == bindparam("p_device"))
_REFRESH = (
    update(pair_requests)
    .where(pair_requests.c.request_id == bindparam("p_request"))
    .values(expires_at_ms=bindparam("p_expires"), client=bindparam("p_client"), remote_ip=bindparam("p_ip"))
)
_NEW_REQUEST = insert(pair_requests)
_CLOSE = delete(pair_requests).where(pair_requests.c.request_id == bindparam("p_request"))
_CLOSE_OF = delete(pair_requests).where(pair_requests.c.device_id == bindparam("p_device"))
_EXPIRED = delete(pair_requests).where(pair_requests.c.expires_at_ms <= bindparam("p_now"))

_NEW_CODE = insert(setup_codes)
_CODE = select(setup_codes).where(setup_codes.c.token_hash == bindparam("p_hash"))
_CODE_BY_ID = select(setup_codes).where(setup_codes.c.setup_id == bindparam("p_setup"))
_USE_CODE = (
    update(setup_codes)
    .where(
        setup_codes.c.token_hash == bindparam("p_hash"),
        setup_codes.c.used_at_ms.is_(None),
        setup_codes.c.expires_at_ms > bindparam("p_now"),
    )
    .values(used_at_ms=bindparam("p_now"), device_id=bindparam("p_device"))
    .returning(setup_codes.c.setup_id)
)


class SqlDeviceStore:
    """Implements ``DeviceStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- devices ----------------------------------------------------------------------------------------------

    def device(self, device_id: str) -> Device | None:
        with self._database.read() as connection:
            row = connection.execute(_DEVICE, {"p_device": device_id}).one_or_none()
        return None if row is None else _device(row)

    def devices(self) -> list[Device]:
        with self._database.read() as connection:
            return [_device(row) for row in connection.execute(_DEVICES)]

    def roles_of(self, device_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        with self._database.read() as connection:
            rows = connection.execute(_ROLES, {"p_ids": list(device_ids)}).all()
        return {row.device_id: tuple(row.roles) for row in rows}

    def pair(self, device: Device, *, approved_via: str, now_ms: int) -> Device:
        """Pair a device, or add roles and scopes to one that is; what it has now. Its open request is closed."""
        fresh = {
            "device_id": device.device_id,
            "public_key": device.public_key,
            "client": device.client,
            "remote_ip": device.remote_ip,
            "browser_origin": device.browser_origin,
            "roles": list(scopes_of(device.roles)),
            "scopes": list(scopes_of(device.scopes)),
            "approved_via": approved_via,
            "created_at_ms": now_ms,
            "approved_at_ms": now_ms,
            "last_seen_at_ms": now_ms,
        }
        with self._database.write() as connection:
            connection.execute(_NEW_DEVICE.on(connection), fresh)
            row = connection.execute(_LOCK_DEVICE, {"p_device": device.device_id}).one()
            roles, scopes = scopes_of((*row.roles, *device.roles)), scopes_of((*row.scopes, *device.scopes))
            if (list(roles), list(scopes)) != (row.roles, row.scopes):
                facts = {"p_roles": list(roles), "p_scopes": list(scopes), "p_via": approved_via, "p_now": now_ms}
                connection.execute(_EXTEND, {"p_device": device.device_id, **facts})
            connection.execute(_CLOSE_OF, {"p_device": device.device_id})
            return _device(connection.execute(_DEVICE, {"p_device": device.device_id}).one())

    def seen(self, device_id: str, client: dict[str, Any], remote_ip: str, now_ms: int) -> None:
        with self._database.write() as connection:
            facts = {"p_client": client, "p_ip": remote_ip, "p_now": now_ms}
            connection.execute(_SEEN, {"p_device": device_id, **facts})

    def rename(self, device_id: str, label: str) -> bool:
        with self._database.write() as connection:
            renamed = connection.execute(_RENAME, {"p_device": device_id, "p_label": label}).one_or_none()
        return renamed is not None

    def remove(self, device_id: str, role: str | None = None) -> bool:
        """Forget a device with its tokens, or take one role from it; false for an unknown one."""
        with self._database.write() as connection:
            row = connection.execute(_LOCK_DEVICE, {"p_device": device_id}).one_or_none()
            if row is None or (role is not None and role not in row.roles):
                return False
            left = [] if role is None else [other for other in row.roles if other != role]
            if left:
                hashes = connection.execute(_HOLDING, {"p_device": device_id, "p_role": role}).scalars().all()
                connection.execute(_DROP_TOKENS, {"p_hashes": hashes})
                connection.execute(_SET_ROLES, {"p_device": device_id, "p_roles": left})
            else:
                connection.execute(_DROP_OF_DEVICE, {"p_device": device_id})
                connection.execute(_REMOVE, {"p_device": device_id})
            return True

    # --- tokens -----------------------------------------------------------------------------------------------

    def token(self, hash_: str) -> DeviceToken | None:
        with self._database.read() as connection:
            row = connection.execute(_TOKEN, {"p_hash": hash_}).one_or_none()
        return None if row is None else _token(row)

    def tokens(self, device_ids: Collection[str]) -> list[DeviceToken]:
        with self._database.read() as connection:
            return [_token(row) for row in connection.execute(_TOKENS, {"p_ids": list(device_ids)})]

    def add_token(self, hash_: str, token: DeviceToken, *, keep: int) -> None:
        """Issue a token; of its device and role only the newest ``keep`` go on holding."""
        with self._database.write() as connection:
            _insert_token(connection, hash_, token)
            held = connection.execute(_HOLDING, {"p_device": token.device_id, "p_role": token.role}).scalars().all()
            if len(held) > keep:
                connection.execute(_DROP_TOKENS, {"p_hashes": [other for other in held[keep:] if other != hash_]})

    def rotate(self, hash_: str, token: DeviceToken) -> None:
        """Issue a token and revoke all others of its device and role."""
        with self._database.write() as connection:
            of_role = {"p_device": token.device_id, "p_role": token.role}
            connection.execute(_REVOKE, {**of_role, "p_now": token.created_at_ms})
            _insert_token(connection, hash_, token)

    def revoke(self, device_id: str, role: str, now_ms: int) -> bool:
        """Revoke all tokens of a device and role; false when none held."""
        with self._database.write() as connection:
            revoked = connection.execute(_REVOKE, {"p_device": device_id, "p_role": role, "p_now": now_ms}).all()
        return bool(revoked)

    def used(self, hash_: str, now_ms: int) -> None:
        with self._database.write() as connection:
            connection.execute(_USED, {"p_hash": hash_, "p_now": now_ms})

    # --- requests ---------------------------------------------------------------------------------------------

    def ask(self, request: PairRequest) -> PairRequest:
        """File a request. One for the same device that asks for the same is kept, with a new expiry; another goes."""
        with self._database.write() as connection:
            connection.execute(_EXPIRED, {"p_now": request.created_at_ms})
            row = connection.execute(_REQUEST_OF, {"p_device": request.device_id}).one_or_none()
            if row is not None and _asks_the_same(_request(row), request):
                facts = {"p_expires": request.expires_at_ms, "p_client": request.client, "p_ip": request.remote_ip}
                connection.execute(_REFRESH, {"p_request": row.request_id, **facts})
                return _request(row)
            connection.execute(_CLOSE_OF, {"p_device": request.device_id})
            connection.execute(_NEW_REQUEST, _request_columns(request))
            return request

    def request(self, request_id: str, now_ms: int) -> PairRequest | None:
        with self._database.read() as connection:
            row = connection.execute(_REQUEST, {"p_request": request_id, "p_now": now_ms}).one_or_none()
        return None if row is None else _request(row)

    def requests(self, now_ms: int) -> list[PairRequest]:
        with self._database.read() as connection:
            return [_request(row) for row in connection.execute(_REQUESTS, {"p_now": now_ms})]

    def close_request(self, request_id: str) -> bool:
        with self._database.write() as connection:
            return connection.execute(_CLOSE, {"p_request": request_id}).rowcount > 0

    # --- setup codes ------------------------------------------------------------------------------------------

    def add_setup_code(self, hash_: str, code: SetupCode) -> None:
        values = {
            "token_hash": hash_,
            "setup_id": code.setup_id,
            "access": code.access.value,
            "created_at_ms": code.created_at_ms,
            "expires_at_ms": code.expires_at_ms,
        }
        with self._database.write() as connection:
            connection.execute(_NEW_CODE, values)

    def setup_code(self, hash_: str) -> SetupCode | None:
        with self._database.read() as connection:
            row = connection.execute(_CODE, {"p_hash": hash_}).one_or_none()
        return None if row is None else _code(row)

    def setup_by_id(self, setup_id: str) -> SetupCode | None:
        with self._database.read() as connection:
            row = connection.execute(_CODE_BY_ID, {"p_setup": setup_id}).one_or_none()
        return None if row is None else _code(row)

    def use_setup_code(self, hash_: str, device_id: str, now_ms: int) -> bool:
        """Use a code up; false when it has been used or has expired."""
        with self._database.write() as connection:
            facts = {"p_hash": hash_, "p_device": device_id, "p_now": now_ms}
            return connection.execute(_USE_CODE, facts).one_or_none() is not None


def _asks_the_same(one: PairRequest, other: PairRequest) -> bool:
    return (one.role, one.scopes, one.surface) == (other.role, other.scopes, other.surface)


def _insert_token(connection: Connection, hash_: str, token: DeviceToken) -> None:
    values = {
        "token_hash": hash_,
        "device_id": token.device_id,
        "role": token.role,
        "scopes": list(token.scopes),
        "created_at_ms": token.created_at_ms,
        "rotated_at_ms": token.rotated_at_ms,
    }
    connection.execute(_NEW_TOKEN, values)


def _request_columns(request: PairRequest) -> dict[str, Any]:
    return {
        "request_id": request.request_id,
        "device_id": request.device_id,
        "public_key": request.public_key,
        "role": request.role,
        "scopes": list(request.scopes),
        "client": request.client,
        "surface": request.surface,
        "remote_ip": request.remote_ip,
        "browser_origin": request.browser_origin,
        "is_repair": request.is_repair,
        "created_at_ms": request.created_at_ms,
        "expires_at_ms": request.expires_at_ms,
    }


def _device(row: AnyRow) -> Device:
    return Device(
        device_id=row.device_id,
        public_key=row.public_key,
        roles=tuple(row.roles),
        scopes=tuple(row.scopes),
        label=row.label,
        client=row.client,
        remote_ip=row.remote_ip,
        browser_origin=row.browser_origin,
        approved_via=row.approved_via,
        created_at_ms=row.created_at_ms,
        approved_at_ms=row.approved_at_ms,
        last_seen_at_ms=row.last_seen_at_ms,
    )


def _token(row: AnyRow) -> DeviceToken:
    return DeviceToken(
        device_id=row.device_id,
        role=row.role,
        scopes=tuple(row.scopes),
        created_at_ms=row.created_at_ms,
        rotated_at_ms=row.rotated_at_ms,
        revoked_at_ms=row.revoked_at_ms,
        last_used_at_ms=row.last_used_at_ms,
    )


def _request(row: AnyRow) -> PairRequest:
    return PairRequest(
        request_id=row.request_id,
        device_id=row.device_id,
        public_key=row.public_key,
        role=row.role,
        scopes=tuple(row.scopes),
        client=row.client,
        surface=row.surface,
        remote_ip=row.remote_ip,
        browser_origin=row.browser_origin,
        is_repair=row.is_repair,
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
    )


def _code(row: AnyRow) -> SetupCode:
    return SetupCode(
        setup_id=row.setup_id,
        access=Access(row.access),
        created_at_ms=row.created_at_ms,
        expires_at_ms=row.expires_at_ms,
        used_at_ms=row.used_at_ms,
        device_id=row.device_id,
    )
