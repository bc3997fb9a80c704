"""Any endpoint that speaks the chat-completions form (a model on one's own machine, or a service)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from domain.errors import BadInput, NotReady

LONGEST_ANSWER = 200_000
"""Bytes of an answer that are read."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A key is sent to the address that was set, and nowhere else."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


class ChatAdviser:
    """Asks one model at one address, such as `http://127.0.0.1:11434/v1`. Raises BadInput for what is no address."""

    def __init__(self, url: str, model: str, *, key: str = "", timeout: float = 20.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInput("DUNWELL_ADVISER_URL is not an address; write http://127.0.0.1:11434/v1")
        if not model:
            raise BadInput("DUNWELL_ADVISER_MODEL is empty; name the model that the address serves")
        self.model = model
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._key = key
        self._timeout = timeout
        self._opener = urllib.request.build_opener(_NoRedirects)

    def __call__(self, messages: list[dict[str, str]]) -> str:
        """The model's words about a chat. Raises NotReady, in a line without the key, when there is no answer."""
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        body = {"model": self.model, "messages": messages, "temperature": 0}
        request = urllib.request.Request(self._url, json.dumps(body).encode(), headers, method="POST")
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                told = json.loads(answer.read(LONGEST_ANSWER))
            content = told["choices"][0]["message"]["content"]
        except urllib.error.HTTPError as error:
            error.close()
            raise NotReady(f"the model answered {error.code}; check DUNWELL_ADVISER_… settings") from None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise NotReady(f"the model gave no answer that can be read ({type(error).__name__})") from None
        if not isinstance(content, str):
            raise NotReady("the model gave no answer that can be read (no text)")
        return content
