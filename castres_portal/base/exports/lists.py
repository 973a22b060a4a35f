"""A list of the back office as its page filters, searches and sorts it, whoever reads it: a page or a worker."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from castres_portal.base.tables import Value

CHUNK = 1000
# What says which page of a list is shown, not which rows it has.
PAGING = ("p", "all", "_changelist_filters")


class UnknownList(Exception):
    """The list does not exist, cannot be exported, or its filters mean nothing."""


def page_named(name: str) -> Any:
    """Return the admin page of ``billing.invoice``; raise UnknownList when it has no columns to export."""
    for model, page in admin.site._registry.items():
        if model._meta.label_lower == name and getattr(page, "export_columns", None):
            return page
    raise UnknownList(name)


def tidy_query(asked: QueryDict) -> str:
    """Return filters, search and order as they are kept: in one order, without the number of the page."""
    pairs = sorted((key, value) for key in asked if key not in PAGING for value in asked.getlist(key))
    query = QueryDict(mutable=True)
    for key, value in pairs:
        query.appendlist(key, value)
    return query.urlencode()


def rows_of(page: Any, query: str, user: Any) -> QuerySet[Any]:
    """Return the rows that an agent sees in a list with these filters, in the order of the screen.

    Raises PermissionDenied when she may no longer see it, UnknownList when a filter means nothing.
    """
    request = HttpRequest()
    request.method, request.user, request.GET = "GET", user, QueryDict(query)
    if not (user.is_active and user.is_staff and page.has_view_permission(request)):
        raise PermissionDenied
    try:
        listed = page.get_changelist_instance(request)
    except IncorrectLookupParameters as error:
        raise UnknownList(query) from error
    rows: QuerySet[Any] = listed.queryset
    return rows.select_related(*page.export_related) if page.export_related else rows


def table_of(page: Any, rows: QuerySet[Any]) -> Iterator[list[Value]]:
    """Read rows a thousand at a time, as the page's columns say."""
    for row in rows.iterator(chunk_size=CHUNK):
        yield [column.read(row) for column in page.export_columns]
