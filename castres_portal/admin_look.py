"""How unfold dresses the agents' back office, and its menu."""

from django.urls import reverse_lazy


def _item(title: str, icon: str, model: str) -> dict[str, object]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{model}_changelist")}


UNFOLD = {
    "SITE_TITLE": "Espace Famille – Castres",
    "SITE_HEADER": "Espace Famille",
    "SITE_SUBHEADER": "Ville de Castres",
    "SITE_URL": "/",
    "SITE_SYMBOL": "family_restroom",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": []},
}
