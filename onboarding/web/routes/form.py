"""The form for sellers."""

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response
from starlette.requests import Request

from ..pages import page

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home(request: Request) -> Response:
    """Sellers are who comes without knowing where to."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/apply{query}", 303)


@router.get("/apply")
async def form(request: Request) -> Response:
    """The empty form."""
    return page(request, "form.html.jinja")
