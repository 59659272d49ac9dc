"""Devices: their VPN certificates and condition, restarting and locking them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from tools.base import SystemsTool, UserArguments
from tools.contract import Ambiguous, Caller, Check, Effect, NotFound, Refused, Resource, Result
from tools.naming import plain
from tools.systems.protocols import Device

UNSEEN = frozenset({"serial"})


class GetDevice(SystemsTool[UserArguments]):
    name = "get_device"
    description = "Look at somebody's managed devices: VPN certificate, compliance with the rules, when they were last seen."
    effect = Effect.READ
    system = "devices"
    unseen = UNSEEN
    ids = frozenset({"user", "serial", "devices.serial"})
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        return await self.owned("device", args.user)

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        devices = await self.systems.devices.devices(args.user)
        name = await self.full_name(args.user)
        if not devices:
            return Result({"user": args.user, "devices": []}, f"{name} has no managed device.")
        main = devices[0]
        data = {"user": args.user, "devices": [_told(device) for device in devices], **_told(main)}
        return Result(data, f"{name}'s {main.model} ({main.serial}): {_certificate(main)}{_condition(main)}.")


class RenewCertificate(SystemsTool[UserArguments]):
    name = "renew_certificate"
    description = "Issue a new VPN certificate for somebody's main device."
    effect = Effect.CHANGE
    back = "by withdrawing the new certificate"
    plain = True
    system = "devices"
    unseen = UNSEEN
    arguments = UserArguments

    async def resource(self, args: UserArguments) -> Resource:
        owner = await self.owned("device", args.user)
        main = await self._main(args.user)
        return Resource("device", main.serial, label=f"{main.model} of {owner.label}", owner=owner.owner, facts=owner.facts)

    async def beneficiary(self, args: UserArguments) -> str:
        return args.user

    async def run(self, args: UserArguments, caller: Caller) -> Result:
        main = await self._main(args.user)
        done = await self.systems.devices.renew_certificate(main.serial, caller)
        device = done.value
        what = f"the VPN certificate of {await self.full_name(args.user)}'s {device.model} ({device.serial})"
        data = {
            "user": args.user,
            "serial": device.serial,
            "certificate_status": device.certificate_status,
            "certificate_expires": device.certificate_expires.isoformat(),
        }
        if not done.changed:
            return Result(data, f"Did not renew {what}: it is good until {device.certificate_expires:%d %b %Y}.", changed=False)
        if done.before is not None:
            data["before"] = done.before.certificate_expires.isoformat()
        return Result(data, f"Renewed {what}; it is good until {device.certificate_expires:%d %b %Y}.")

    async def check(self, args: UserArguments, result: Result | None) -> Check:
        """The end that the run promised must stand there; without its answer, a certificate that is good will do."""
        main = await self._main(args.user)
        promised = result.data["certificate_expires"] if result else main.certificate_expires.isoformat()
        held = main.certificate_status == "valid" and main.certificate_expires.isoformat() == promised
        return Check(held, f"{main.model}: {_certificate(main)}", "read the device again")

    async def undo(self, args: UserArguments, result: Result, caller: Caller) -> Result:
        serial, earlier = str(result.data["serial"]), result.data.get("before")
        if not result.changed or not earlier:
            return Result({"user": args.user, "serial": serial}, "There was nothing to take back.", changed=False)
        ends = datetime.fromisoformat(earlier)
        done = await self.systems.devices.withdraw_certificate(serial, ends, caller)
        return Result(
            {"user": args.user, "serial": serial, "certificate_status": done.value.certificate_status},
            f"Took the new VPN certificate of {serial} back.",
            changed=done.changed,
        )

    def sentence(self, args: UserArguments) -> str:
        return f"Renew the VPN certificate of {args.user}'s main device"

    async def _main(self, user: str) -> Device:
        devices = await self.systems.devices.devices(user)
        if not devices:
            raise NotFound(f"{user} has no managed device")
        return devices[0]


class DeviceArguments(UserArguments):
    device: str = Field(
        default="",
        max_length=100,
        description="Which of the person's devices: computer, phone, its model or serial; else the main one.",
    )


class _DeviceTool(SystemsTool[DeviceArguments]):
    """What restarting and locking have in common. Neither can be taken back."""

    effect = Effect.CHANGE
    plain = True
    system = "devices"
    reversible = False
    unseen = UNSEEN
    arguments = DeviceArguments

    async def canonical(self, args: DeviceArguments) -> DeviceArguments:
        """The device by its serial number."""
        args = await super().canonical(args)
        devices = await self.systems.devices.devices(args.user)
        return args.model_copy(update={"device": _one(devices, args.user, args.device).serial})

    async def resource(self, args: DeviceArguments) -> Resource:
        owner = await self.owned("device", args.user)
        device = await self._device(args)
        facts = {**owner.facts, "kind": device.kind, "main": device.main}
        return Resource("device", device.serial, label=f"{device.model} of {owner.label}", owner=owner.owner, facts=facts)

    async def _device(self, args: DeviceArguments) -> Device:
        return _one(await self.systems.devices.devices(args.user), args.user, args.device)


class RestartDevice(_DeviceTool):
    name = "restart_device"
    description = "Restart one of somebody's devices; what is not saved there is lost."

    async def canonical(self, args: DeviceArguments) -> DeviceArguments:
        """Also refuses a locked device."""
        args = await super().canonical(args)
        device = await self._device(args)
        if device.locked:
            raise Refused(f"the {device.model} is locked, and does not start before people have unlocked it")
        return args

    async def run(self, args: DeviceArguments, caller: Caller) -> Result:
        return await self._restarted(args, (await self.systems.devices.restart(args.device, caller)).value)

    async def recall(self, args: DeviceArguments, key: str) -> Result | None:
        device = await self.systems.devices.device_restarted_under(key)
        return await self._restarted(args, device) if device else None

    async def check(self, args: DeviceArguments, result: Result | None) -> Check:
        """It was started when the run says, or later."""
        device = await self._device(args)
        held = result is not None and device.booted >= datetime.fromisoformat(result.data["booted"])
        observed = f"the {device.model} was last started on {device.booted:%d %b %Y at %H:%M} UTC"
        return Check(held, observed, "read the device again")

    async def _restarted(self, args: DeviceArguments, device: Device) -> Result:
        data = {"user": args.user, "serial": device.serial, "model": device.model, "booted": device.booted.isoformat()}
        return Result(data, f"Restarted {await self.full_name(args.user)}'s {device.model}.")

    def sentence(self, args: DeviceArguments) -> str:
        return f"Restart the device {args.device} of {args.user}"


class LockDevice(_DeviceTool):
    """For lost and stolen devices. People unlock it by hand, with a code that only they have."""

    name = "lock_device"
    description = "Lock a lost or stolen device, so that nobody can use it until people unlock it by hand."

    async def run(self, args: DeviceArguments, caller: Caller) -> Result:
        done = await self.systems.devices.lock(args.device, caller)
        device, name = done.value, await self.full_name(args.user)
        data = {"user": args.user, "serial": device.serial, "model": device.model, "locked": device.locked}
        if not done.changed:
            return Result(data, f"{name}'s {device.model} was locked already.", changed=False)
        return Result(data, f"Locked {name}'s {device.model}.")

    async def check(self, args: DeviceArguments, result: Result | None) -> Check:
        device = await self._device(args)
        return Check(device.locked, f"the {device.model} is {'locked' if device.locked else 'not locked'}", "read the device again")

    def sentence(self, args: DeviceArguments) -> str:
        return f"Lock the device {args.device} of {args.user}, so that nobody can use it"


def _one(devices: Sequence[Device], user: str, words: str) -> Device:
    """Which of somebody's devices is meant. Raises NotFound, Ambiguous."""
    if not devices:
        raise NotFound(f"{user} has no managed device")
    wanted = plain(words)
    if not wanted:
        return devices[0]
    exact = [one for one in devices if wanted in (plain(one.serial), plain(one.model), one.kind)]
    if len(exact) == 1:
        return exact[0]
    there = tuple((one.serial, f"{one.model} ({one.kind})") for one in exact or devices)
    if exact:
        raise Ambiguous(f"{user} has several devices that {words!r} may be", there)
    raise NotFound(f"{user} has no device {words!r}; there are {', '.join(label for _, label in there)}")


def _told(device: Device) -> dict[str, Any]:
    return {
        "serial": device.serial,
        "model": device.model,
        "os": device.os,
        "certificate_status": device.certificate_status,
        "certificate_expires": device.certificate_expires.isoformat(),
        "kind": device.kind,
        "compliant": device.compliant,
        "locked": device.locked,
        "last_seen": device.last_seen.isoformat(),
        "booted": device.booted.isoformat(),
    }


def _certificate(device: Device) -> str:
    word = "is good until" if device.certificate_status == "valid" else "expired on"
    return f"the VPN certificate {word} {device.certificate_expires:%d %b %Y}"


def _condition(device: Device) -> str:
    seen = f"; last seen on {device.last_seen:%d %b %Y at %H:%M} UTC"
    return seen + ("; locked" if device.locked else "") + ("" if device.compliant else "; it misses updates that the rules want")
