"""Which model makes vectors: the embedded one, or one of a server. Needs the settings alone."""

from dataclasses import dataclass

from bot.errors import CommandError
from bot.settings import Settings
from knowledge.embeddings import Embedder, EmbeddingsError, embedded


@dataclass(frozen=True, slots=True)
class Model:
    """A model, and the cosine below which nothing fits; None: what was measured for the embedded one."""

    embedder: Embedder
    floor: float | None = None


def model(settings: Settings) -> Model:
    """Blocking. Raises CommandError where it is missing or does not answer."""
    try:
        if not settings.openai_embedding_model:
            return Model(embedded())
        from knowledge.embedserver import ServerEmbeddings

        url = settings.openai_embedding_url or settings.openai_base_url or "https://api.openai.com/v1/"
        server = ServerEmbeddings(url, settings.openai_embedding_model, settings.openai_api_key)
        return Model(server, settings.openai_embedding_floor)
    except EmbeddingsError as error:
        raise CommandError(str(error)) from None
