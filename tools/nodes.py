"""Machines of a pool: looking at one, taking it out of rotation, and putting it back."""

from typing import Any

from pydantic import Field

from tools.base import Query, SystemsTool
from tools.contract import Arguments, Caller, Check, Effect, Refused, Resource, Result
from tools.naming import one_named
from tools.systems.operations import Node
from tools.systems.protocols import Systems

NODE = "The node: its id, such as shop-1."


class FindNodeArguments(Query):
    node: str = Field(min_length=1, max_length=200, description=NODE)


class NodeArguments(Arguments):
    node: str = Field(min_length=1, max_length=200, description=NODE)


class FindNode(SystemsTool[FindNodeArguments]):
    name = "find_node"
    description = "Look at a node: whether it serves, how much still runs there, and how many others of its pool serve."
    effect = Effect.READ
    system = "nodes"
    ids = frozenset({"node", "pool"})
    arguments = FindNodeArguments

    async def resource(self, args: FindNodeArguments) -> Resource:
        return _resource(await one_node(self.systems, args.node))

    async def run(self, args: FindNodeArguments, caller: Caller) -> Result:
        one = await one_node(self.systems, args.node)
        return Result(_data(one) | {"others": one.others, "least": one.least}, f"{_stands(one)}.")


class DrainNode(SystemsTool[NodeArguments]):
    """Done when it takes nothing new; whether it is empty is seen by looking at it."""

    name = "drain_node"
    description = "Take a node out of rotation: it gets nothing new, and what runs there ends or moves."
    effect = Effect.CHANGE
    plain = True
    back = "by putting the node back"
    system = "nodes"
    arguments = NodeArguments

    async def canonical(self, args: NodeArguments) -> NodeArguments:
        """What the system would refuse is refused before anybody is asked."""
        one = await one_node(self.systems, args.node)
        if one.status == "serving" and one.others < one.least:
            raise Refused(f"the pool {one.pool} needs {one.least} that serve, and without {one.id} there would be {one.others}")
        return args.model_copy(update={"node": one.id})

    async def resource(self, args: NodeArguments) -> Resource:
        return _resource(await one_node(self.systems, args.node))

    async def run(self, args: NodeArguments, caller: Caller) -> Result:
        done = await self.systems.nodes.drain(args.node, caller)
        told = f"{args.node} takes nothing new." if done.changed else f"{args.node} was out of rotation already."
        return Result(_data(done.value), told, changed=done.changed)

    async def check(self, args: NodeArguments, result: Result | None) -> Check:
        one = await one_node(self.systems, args.node)
        return Check(one.status != "serving", _stands(one), "looked at the node again")

    async def undo(self, args: NodeArguments, result: Result, caller: Caller) -> Result:
        done = await self.systems.nodes.undo_drain(args.node, caller) if result.changed else None
        return _taken_back(args.node, "serves again", changed=done is not None and done.changed)

    def sentence(self, args: NodeArguments) -> str:
        return f"Take {args.node} out of rotation"


class RestoreNode(SystemsTool[NodeArguments]):
    name = "restore_node"
    description = "Put a node back into rotation, so that it serves again."
    effect = Effect.CHANGE
    plain = True
    back = "by taking the node out of rotation again"
    system = "nodes"
    arguments = NodeArguments

    async def canonical(self, args: NodeArguments) -> NodeArguments:
        return args.model_copy(update={"node": (await one_node(self.systems, args.node)).id})

    async def resource(self, args: NodeArguments) -> Resource:
        return _resource(await one_node(self.systems, args.node))

    async def run(self, args: NodeArguments, caller: Caller) -> Result:
        done = await self.systems.nodes.restore(args.node, caller)
        told = f"{args.node} is back in rotation." if done.changed else f"{args.node} was in rotation already."
        return Result(_data(done.value), told, changed=done.changed)

    async def check(self, args: NodeArguments, result: Result | None) -> Check:
        one = await one_node(self.systems, args.node)
        return Check(one.status == "serving", _stands(one), "looked at the node again")

    async def undo(self, args: NodeArguments, result: Result, caller: Caller) -> Result:
        done = await self.systems.nodes.undo_restore(args.node, caller) if result.changed else None
        return _taken_back(args.node, "is out of rotation again", changed=done is not None and done.changed)

    def sentence(self, args: NodeArguments) -> str:
        return f"Put {args.node} back into rotation"


async def one_node(systems: Systems, words: str) -> Node:
    """Raises NotFound, Ambiguous, SystemAway."""
    every = await systems.nodes.nodes()
    found = one_named(words, [(one.id, one.id, ()) for one in every], "node")
    return next(one for one in every if one.id == found)


def _resource(one: Node) -> Resource:
    return Resource("node", one.id, label=one.id, owner=one.owner, facts={"namespace": one.namespace, "pool": one.pool})


def _data(one: Node) -> dict[str, Any]:
    return {"node": one.id, "pool": one.pool, "status": one.status, "running": one.running}


def _taken_back(node: str, how: str, *, changed: bool) -> Result:
    return Result({"node": node}, f"{node} {how}." if changed else "There was nothing to take back.", changed=changed)


def _stands(one: Node) -> str:
    left = f" with {one.running} left on it" if one.status == "draining" else f", {one.running} on it" if one.running else ""
    others = "1 other of its pool serves" if one.others == 1 else f"{one.others} others of its pool serve"
    return f"{one.id} is {one.status}{left}; {others}, and {one.least} must"
