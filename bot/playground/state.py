"""What the page shows to one person, as JSON."""

from typing import Any

from bot.playground.workspace import BOT_USER, Channel, Json, Member, Workspace


def state_json(workspace: Workspace, viewer: Member | None) -> dict[str, Any]:
    """People, places with their messages, statuses, the open form and the home of the viewer; of everybody without a viewer."""
    channels = [one for one in workspace.channels.values() if viewer is None or workspace.sees(viewer.slack_id, one)]
    return {
        "version": workspace.version,
        "bot": BOT_USER,
        "members": [
            {
                "slack_id": one.slack_id,
                "handle": one.handle,
                "name": one.name,
                "title": one.title,
                "kind": one.kind,
                "note": one.note,
                "featured": one.featured,
            }
            for one in workspace.members.values()
        ],
        "channels": [_channel(one, viewer) for one in channels],
        "statuses": [
            {"channel": channel, "thread": thread, "text": text} for (channel, thread), text in workspace.statuses.items()
        ],
        "views": [view for view in workspace.views.values() if viewer is None or view.get("viewer") == viewer.slack_id],
        "home": workspace.homes.get(viewer.slack_id) if viewer else None,
    }


def _channel(channel: Channel, viewer: Member | None) -> Json:
    shown = [one for one in channel.messages if viewer is None or one.get("ephemeral_to", viewer.slack_id) == viewer.slack_id]
    return {"id": channel.id, "name": channel.name, "direct_with": channel.direct_with, "messages": shown}
