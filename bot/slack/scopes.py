"""What the app must be allowed and must hear, with the reason. `docs/slack-manifest.yaml` asks Slack for exactly this.

A method of Slack's Web API that the code calls has its line in `METHODS`; a test finds the calls in the code itself.
"""

from collections.abc import Iterable

METHODS = {
    "agents_sessions_setStatus": ("assistant:write",),
    "apps_connections_open": (),  # by the app-level token, whose scope is connections:write
    "assistant_threads_setStatus": ("assistant:write",),
    "auth_test": (),
    "chat_appendStream": ("chat:write",),
    "chat_delete": ("chat:write",),
    "chat_postEphemeral": ("chat:write",),
    "chat_postMessage": ("chat:write",),
    "chat_startStream": ("chat:write",),
    "chat_stopStream": ("chat:write",),
    "chat_update": ("chat:write",),
    "conversations_history": ("channels:history", "groups:history", "im:history"),
    "conversations_info": ("channels:read", "groups:read"),
    "conversations_list": ("channels:read", "groups:read"),
    "conversations_open": ("im:write",),
    "conversations_replies": ("channels:history", "groups:history", "im:history"),
    "usergroups_list": ("usergroups:read",),
    "usergroups_users_list": ("usergroups:read",),
    "users_info": ("users:read",),
    "views_open": (),
    "views_publish": (),
    "views_update": (),
}
"""The scopes that each method needs of a bot token, for the places where we use it. https://docs.slack.dev/reference/methods"""

EVENTS = {
    "agent_session_stopped": (),
    "agent_session_title_changed": (),
    "app_context_changed": (),
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "app_uninstalled": (),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "tokens_revoked": (),
}
"""The events that are subscribed, and the scopes that Slack wants for each. https://docs.slack.dev/reference/events"""

COMMANDS = "commands"
"""The scope of slash commands and shortcuts. https://docs.slack.dev/reference/scopes/commands"""

REASONS = {
    "app_mentions:read": "being mentioned in channels",
    "assistant:write": "showing in the agent view that it is at work",
    "channels:history": "follow-ups in threads of channels it is in, and looking before it posts again",
    "channels:read": "finding the channel for cards by its name",
    "chat:write": "answers and cards",
    "commands": "/deskhand and the three shortcuts",
    "groups:history": "the same follow-ups in private channels",
    "groups:read": "a private channel for cards",
    "im:history": "direct messages, and looking before it posts again",
    "im:write": "cards, private results and notices in people's direct messages",
    "usergroups:read": "user groups as roles of the policy",
    "users:read": "whether somebody is a member, a guest or of another organisation",
}
"""Every scope of the bot token, and what it is for."""


def needed(methods: Iterable[str] = METHODS) -> set[str]:
    """The scopes of a bot token that calls these methods, hears our events, and has our command."""
    wanted = [METHODS[method] for method in methods] + list(EVENTS.values())
    return {COMMANDS, *(scope for scopes in wanted for scope in scopes)}
