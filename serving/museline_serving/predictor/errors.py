"""Errors of the HTTP interface, in the form that OpenAI's clients expect."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """Becomes `{"error": {"message", "type", "param", "code"}}` with `status`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message, code, param
        self.headers = headers or {}

    @property
    def type(self) -> str:
        """OpenAI's word for the kind of error."""
        if self.status == 429:
            return "rate_limit_error"
        if self.status == 404:
            return "not_found_error"
        return "invalid_request_error" if self.status < 500 else "server_error"

    def body(self) -> dict[str, Any]:
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }


def invalid(message: str, *, param: str | None = None, code: str = "invalid_value") -> ApiError:
    """A request that the client must change."""
    return ApiError(400, message, param=param, code=code)


def hidden(identifier: str) -> ApiError:
    """What a client learns of an error that nobody foresaw: where to look for it, no more."""
    return ApiError(
        500,
        f"the server failed to answer; its log has the details under {identifier}",
        code="internal_error",
    )
