"""The town's news: a list, an address for each, a feed."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from castres_portal.base import clock
from castres_portal.queries import town
from documents.rules.regulations import blocks

PER_PAGE = 8
IN_FEED = 20


@login_not_required
@require_safe
def news_list(request: HttpRequest) -> HttpResponse:
    """The news of the day, or with ``?passees`` those that are over."""
    today, past = clock.today(), "passees" in request.GET
    rows = town.past_news(today) if past else town.current_news(today)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "site/news_list.html", {"page_obj": page, "past": past})


@login_not_required
@require_safe
def news(request: HttpRequest, slug: str) -> HttpResponse:
    """One piece of news; its address holds when it is over, and does not exist before its day."""
    today = clock.today()
    item = get_object_or_404(town.published_news(today), slug=slug)
    return render(request, "site/news.html", {"item": item, "blocks": blocks(item.body), "over": item.is_over(today)})


@login_not_required
@require_safe
def news_feed(request: HttpRequest) -> HttpResponse:
    """The news of the day as an Atom feed."""
    today = clock.today()
    feed = Atom1Feed(
        title=f"Actualités – {settings.TOWN['portal']} de {settings.TOWN['name']}",
        link=request.build_absolute_uri(reverse("news_list")),
        description="Ce que l’Espace Famille annonce aux familles.",
        feed_url=request.build_absolute_uri(),
        language="fr",
    )
    for item in town.current_news(today)[:IN_FEED]:
        feed.add_item(
            title=item.title,
            link=request.build_absolute_uri(reverse("news", args=[item.slug])),
            description=item.summary,
            pubdate=clock.midnight(item.starts_on),
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
