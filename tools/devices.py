"""Devices and their VPN certificates."""

from datetime import datetime
from typing import Any

from tools.base import SystemsTool, UserArguments
from tools.contract import Caller, Check, Effect, NotFound, Resource, Result
from tools.systems.protocols import Device


class GetDevice(SystemsTool[UserArguments]):
    name = "get_device"
    description = "Look at somebody's managed devices and whether their VPN certificates are still good."
    effect = Effect.READ
    system = "devices"
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
        return Result(data, f"{name}'s {main.model} ({main.serial}): {_certificate(main)}.")


class RenewCertificate(SystemsTool[UserArguments]):
    name = "renew_certificate"
    description = "Issue a new VPN certificate for somebody's main device."
    effect = Effect.CHANGE
    system = "devices"
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
        return Check(held, f"device {main.serial}: {_certificate(main)}", "read the device again")

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


def _told(device: Device) -> dict[str, Any]:
    return {
        "serial": device.serial,
        "model": device.model,
        "os": device.os,
        "certificate_status": device.certificate_status,
        "certificate_expires": device.certificate_expires.isoformat(),
    }


def _certificate(device: Device) -> str:
    word = "is good until" if device.certificate_status == "valid" else "expired on"
    return f"the VPN certificate {word} {device.certificate_expires:%d %b %Y}"
