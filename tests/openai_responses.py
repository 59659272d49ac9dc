"""The double's answers in the shape of OpenAI's Responses API, plain only: for bots whose client speaks nothing else.

What was asked is put into the shape of Chat Completions first, so one script and one set of rules serve both.
"""

import itertools
import json
from typing import Any

SERIAL = itertools.count(1)


def as_chat(body: dict[str, Any]) -> dict[str, Any]:
    """The request as one of Chat Completions."""
    messages: list[dict[str, Any]] = []
    if instructions := body.get("instructions"):
        messages.append({"role": "system", "content": instructions})
    asked = body.get("input") or []
    for item in [{"role": "user", "content": asked}] if isinstance(asked, str) else asked:
        match item.get("type", "message"):
            case "function_call":
                function = {"name": item["name"], "arguments": item["arguments"]}
                call = {"id": item["call_id"], "type": "function", "function": function}
                if messages and messages[-1].get("tool_calls"):
                    messages[-1]["tool_calls"].append(call)
                else:
                    messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
            case "function_call_output":
                messages.append({"role": "tool", "tool_call_id": item["call_id"], "content": _text(item["output"])})
            case "message":
                messages.append({"role": item["role"], "content": _text(item["content"])})
    tools = [
        {"type": "function", "function": {name: tool[name] for name in ("name", "description", "parameters") if tool.get(name)}}
        for tool in body.get("tools") or ()
    ]
    return {"model": body.get("model"), "messages": messages, **({"tools": tools} if tools else {})}


def answer(body: dict[str, Any], text: str, calls: Any, usage: tuple[int, int]) -> dict[str, Any]:
    """A completed response with this text and these calls."""
    output: list[dict[str, Any]] = []
    if text:
        content = [{"type": "output_text", "text": text, "annotations": []}]
        output.append(
            {"type": "message", "id": f"msg_{next(SERIAL)}", "role": "assistant", "status": "completed", "content": content}
        )
    for name, arguments in calls:
        number = next(SERIAL)
        output.append(
            {
                "type": "function_call",
                "id": f"fc_{number}",
                "call_id": f"call_{number}",
                "name": name,
                "arguments": json.dumps(arguments),
                "status": "completed",
            }
        )
    read, written = usage
    return {
        "id": f"resp_{next(SERIAL)}",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "model": body.get("model"),
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
    }


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content or ())
