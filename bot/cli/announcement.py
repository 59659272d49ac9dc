"""What is said when the bot is ready: where it is, what is real and what is embedded, and what to do next."""

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.app import Running
from bot.settings import Settings


def _way(settings: Settings) -> str:
    if settings.bot_transport == "http":
        return f"posts to http://{settings.bot_host}:{settings.bot_port}/slack/events, answered at {settings.slack_api_url},"
    return f"connected at {settings.slack_api_url}"


def announce(settings: Settings, running: Running, where: str, page: str) -> None:
    """One block on stderr: stdout belongs to commands that give JSON."""
    lines = [
        f"Open        {page}" if page else f"Slack       {_way(settings)} as {running.connection.me.name}",
        "",
        "Real        the bot, its policy, approvals and checks; PostgreSQL",
        "Embedded    " + ("Slack (the playground), " if page else "") + "the company with its systems",
        f"Model       {_model(settings)}",
        f"Database    {where}",
        f"Policy      {settings.policy_file} ({len(running.policies.current.policies)} policies)",
        f"Runbooks    {len(running.library.bound)} in {settings.runbook_dir}",
        f"Cards       #{settings.oncall_channel} and the approvers' direct messages",
    ]
    lines += [f"LEFT OUT    {problem}" for problem in running.library.problems]
    if running.channel_problem:
        lines.append(f"NOTE        {running.channel_problem} Approvers still get their cards in direct messages.")
    if page:
        lines += ["", "A real Slack: docs/connect/slack.md leads there; `.venv/bin/python -m bot doctor` says what is missing."]
    lines.append("Ctrl-C ends everything." if page else "\nCtrl-C ends everything.")
    console = Console(stderr=True, width=120, highlight=False)
    console.print(Panel(Text("\n".join(lines)), title="Deskhand is ready", title_align="left", border_style="green", expand=False))


def _model(settings: Settings) -> str:
    if not settings.has_model:
        return "none: the runbooks are followed as they are (OPENAI_API_KEY or OPENAI_BASE_URL sets one)"
    return f"{settings.openai_model} at {settings.openai_base_url or 'OpenAI'}"
