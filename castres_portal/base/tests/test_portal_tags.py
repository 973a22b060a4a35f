"""What a family reads: amounts, days, and the pieces of a page."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from castres_portal.base import french
from castres_portal.base.templatetags.portal import ALERTS, STATUSES


def render(source, **context):
    return Template("{% load portal %}" + source).render(Context(context))


def shown(text):
    """The same text with plain spaces, as a person compares it."""
    return text.replace(french.NBSP, " ")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("63.98"), "63,98 €"),
        (Decimal("0"), "0,00 €"),
        (4, "4,00 €"),
        ("2.85", "2,85 €"),
        (Decimal("1263.9"), "1 263,90 €"),
        (Decimal("1234567.89"), "1 234 567,89 €"),
        (Decimal("0.005"), "0,01 €"),
        (Decimal("-12.50"), "−12,50 €"),
        (None, ""),
        ("", ""),
    ],
)
def test_an_amount_is_written_as_french_reads_it(amount, text):
    assert shown(french.euros(amount)) == text


def test_an_amount_never_breaks_at_the_end_of_a_line():
    assert " " not in french.euros(Decimal("1263.98"))


@pytest.mark.parametrize(
    ("day", "long", "short", "month"),
    [
        (date(2026, 12, 7), "lundi 7 décembre 2026", "7 déc.", "décembre 2026"),
        (date(2026, 12, 1), "mardi 1er décembre 2026", "1er déc.", "décembre 2026"),
        (date(2028, 2, 29), "mardi 29 février 2028", "29 févr.", "février 2028"),
        (date(2026, 8, 2), "dimanche 2 août 2026", "2 août", "août 2026"),
    ],
)
def test_a_day_is_written_in_full_and_in_short(day, long, short, month):
    assert french.long_day(day) == long
    assert french.plain_day(day) == long.split(" ", 1)[1]
    assert shown(french.short_day(day)) == short
    assert french.month_name(day) == month


@pytest.mark.parametrize(
    ("month", "text"),
    [(4, "d’avril 2026"), (8, "d’août 2026"), (10, "d’octobre 2026"), (11, "de novembre 2026"), (1, "de janvier 2026")],
)
def test_of_a_month_is_elided_before_a_vowel(month, text):
    assert french.of_month(date(2026, month, 1)) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Léa", "de Léa"),
        ("Inès", "d’Inès"),
        ("Éric", "d’Éric"),
        ("Hugo", "de Hugo"),
        ("Yanis", "de Yanis"),
        ("", "de "),
    ],
)
def test_of_somebody_is_elided_before_a_vowel(name, text):
    assert french.of_name(name) == text


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 11, 19, 11, 6, tzinfo=UTC), "19/11/2026 à 12:06"),
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "02/07/2026 à 00:30"),
    ],
)
def test_an_instant_is_read_on_the_clock_of_paris(instant, text):
    assert french.moment(instant) == text


def test_the_day_of_an_instant_is_that_of_paris():
    assert french.long_day(datetime(2026, 12, 6, 23, 30, tzinfo=UTC)) == "lundi 7 décembre 2026"


@pytest.mark.parametrize(
    ("hour", "text"),
    [
        (time(9, 30), "9 h 30"),
        (time(17), "17 h"),
        (time(23, 59), "23 h 59"),
        (time(0), "0 h"),
        (datetime(2026, 11, 19, 8, 5, tzinfo=UTC), "9 h 05"),
    ],
)
def test_an_hour_is_written_with_its_h(hour, text):
    assert shown(french.clock_time(hour)) == text


@pytest.mark.parametrize("word", ["long_day", "plain_day", "short_day", "moment", "clock_time", "month_name", "euros"])
def test_what_is_not_known_yet_is_left_blank(word):
    assert render("{{ value|" + word + " }}", value=None) == ""


@pytest.mark.parametrize("number", ["0563624344", "05 63 62 43 44", "05.63.62.43.44"])
def test_a_telephone_number_can_be_read_and_called(number):
    assert shown(french.phone(number)) == "05 63 62 43 44"
    assert french.phone_link(number) == "+33563624344"


def test_the_words_are_filters_of_the_templates():
    day = date(2026, 12, 7)
    assert shown(render("{{ a|euros }} {{ d|long_day }}", a=Decimal("1.5"), d=day)) == "1,50 € lundi 7 décembre 2026"


@pytest.mark.parametrize("level", ALERTS)
def test_an_alert_holds_its_title_and_what_is_written_inside(level):
    html = render('{% alert level title="Attention" %}<p>{{ text }}</p>{% endalert %}', level=level, text="<b>&")
    assert f"notice--{level}" in html
    assert "Attention" in html
    assert "<p>&lt;b&gt;&amp;</p>" in html


def test_a_title_given_to_a_component_is_escaped():
    assert "&lt;script&gt;" in render("{% card title=title %}…{% endcard %}", title="<script>")


def test_a_card_with_an_address_leads_there():
    html = render('{% card title="Mes factures" link="/factures/" icon="banknotes" %}<p>2 factures</p>{% endcard %}')
    assert '<a class="stretched-link" href="/factures/">Mes factures</a>' in html
    assert "<p>2 factures</p>" in html


def test_a_card_without_an_address_has_no_link():
    assert "<a " not in render('{% card title="Mes factures" level=3 %}…{% endcard %}')


@pytest.mark.parametrize("state", [*STATUSES, "unheard-of"])
def test_a_status_is_said_by_a_word_and_a_drawing(state):
    html = render('{% status state "Libellé" %}', state=state)
    assert "Libellé" in html
    assert "<svg" in html


def test_a_drawing_is_silent_for_screen_readers():
    assert 'aria-hidden="true"' in render('{% icon "home" %}')


def test_the_stepper_says_where_one_is():
    html = render('{% stepper "Code|Compte|Courriel" 2 %}')
    assert "Étape 2 sur 3" in html
    assert html.count('aria-current="step"') == 1
    assert html.index("étape faite") < html.index("Compte") < html.index("Courriel")


def test_an_empty_state_offers_what_to_do():
    html = render('{% empty_state "Aucune facture" "Elle paraîtra le 8." "/reservations/" "Réserver" "banknotes" %}')
    assert "Aucune facture" in html
    assert 'href="/reservations/">Réserver</a>' in html


def test_an_empty_state_without_an_action_has_no_link():
    assert "<a " not in render('{% empty_state "Aucune facture" %}')


def test_a_form_ends_with_its_button_and_a_way_out():
    html = render('{% form_actions "Valider" "/accueil/" %}')
    assert 'type="submit"' in html
    assert "Valider" in html
    assert 'href="/accueil/">Annuler</a>' in html


def test_a_fact_pairs_a_label_with_its_value():
    assert "<dt>Payeur</dt><dd>Madame MARTIN</dd>" in render('{% fact "Payeur" %}Madame MARTIN{% endfact %}')


def test_the_breadcrumb_goes_from_home_to_this_page():
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    html = render('{% breadcrumb "Contact" "/contact/" "Plan" %}', request=request)
    assert html.index('href="/">Accueil') < html.index('href="/contact/">Contact') < html.index("Plan")
    assert '<li aria-current="page">Plan</li>' in html


def test_the_month_leads_to_its_neighbours_over_the_new_year():
    html = render('{% month_nav month "/avant/" "/apres/" %}', month=date(2026, 12, 1))
    assert "novembre 2026" in html
    assert "janvier 2027" in html
    html = render('{% month_nav month "/avant/" "" %}', month=date(2027, 1, 1))
    assert "décembre 2026" in html
    assert "février 2027" not in html


def test_a_mail_button_shows_its_address_too():
    html = render('{% mail_button "https://exemple.fr/x" "Confirmer" %}')
    assert html.count("https://exemple.fr/x") == 3
    assert "Confirmer" in html


def test_a_long_list_shows_its_ends_and_the_pages_around():
    page = Paginator(range(300), 10).page(15)
    request = RequestFactory().get("/?q=a")
    request.user = AnonymousUser()
    html = render_to_string("partials/pagination.html", {"page_obj": page}, request)
    assert html.count('aria-current="page"') == 1
    assert "?q=a&amp;page=14" in html
    assert "?q=a&amp;page=30" in html
    assert "?q=a&amp;page=20" not in html
