"""The town's news in every state: pinned, important, current, over, to come. All fictional."""

from datetime import date, timedelta

from castres_portal.models import News

# Slug, title, summary, text, first day and last day counted from today, pinned, important.
NEWS: tuple[tuple[str, str, str, str, int, int | None, bool, bool], ...] = (
    (
        "fermeture-exceptionnelle-du-guichet",
        "Guichet fermé vendredi après-midi",
        "L’Espace Famille ferme vendredi à 12\u00a0h pour une formation des agents. Le portail reste ouvert.",
        "L’accueil de l’Espace Famille est fermé vendredi après-midi : les agents sont en formation.\n\n"
        "# Ce qui reste possible\n\nRéserver, annuler, payer et écrire se font en ligne, comme d’habitude. Vos messages "
        "sont lus dès lundi matin.\n\nPour une urgence concernant un enfant à la cantine, appelez directement son école.",
        -2,
        9,
        False,
        True,
    ),
    (
        "reserver-les-repas-de-decembre",
        "Pensez aux repas du mois prochain",
        "Les repas se réservent jusqu’à 7 jours avant. Le calendrier de chaque enfant dit jusqu’à quand chaque jour est ouvert.",
        "Les repas se réservent et s’annulent jusqu’à 7 jours avant, tous les jours, à toute heure.\n\n"
        "# Comment faire\n\nDans « Gérer les réservations », choisissez l’enfant, cochez les jours, validez. Vous pouvez "
        "appliquer les mêmes changements à ses frères et sœurs.\n\n"
        "# Pourquoi 7 jours\n\nLa cuisine centrale commande les produits une semaine à l’avance : chaque repas annulé à temps "
        "est un repas qui n’est pas jeté.",
        -12,
        None,
        True,
        False,
    ),
    (
        "menus-vegetariens-du-jeudi",
        "Un menu végétarien chaque jeudi",
        "La cuisine centrale propose un repas végétarien par semaine à tous les enfants.",
        "Chaque jeudi, le repas servi dans les restaurants scolaires est végétarien.\n\nAllergie ou régime particulier ? "
        "Signalez-le à l’Espace Famille : espace-famille@ville-castres.fr.",
        -20,
        60,
        False,
        False,
    ),
    (
        "ateliers-du-portail",
        "Besoin d’aide pour vos démarches en ligne ?",
        "Deux ateliers pour découvrir l’Espace Citoyens, avec un agent, sur votre téléphone ou sur nos ordinateurs.",
        "Venez avec votre code d’activation et votre téléphone : un agent ouvre votre espace avec vous.\n\n"
        "Les ateliers ont lieu à la Maison des services publics, le mercredi de 14\u00a0h à 16\u00a0h, sans rendez-vous.",
        -5,
        25,
        False,
        False,
    ),
    (
        "photos-de-la-semaine-du-gout",
        "La Semaine du goût dans les écoles",
        "Retour sur une semaine de découvertes avec les producteurs du Tarn.",
        "Fromages, lentilles et pommes du Tarn : merci aux producteurs venus dans les écoles.",
        -45,
        -25,
        False,
        False,
    ),
    (
        "inscriptions-de-la-prochaine-annee",
        "Inscriptions pour la prochaine année scolaire",
        "Les inscriptions aux services périscolaires ouvriront bientôt dans votre espace.",
        "L’inscription se fait chaque année, avant toute réservation. Vous recevrez un courriel le jour de l’ouverture.",
        15,
        None,
        False,
        True,
    ),
)


def add_news(today: date) -> None:
    """Write the town's news, seen from a day."""
    News.objects.bulk_create(
        News(
            slug=slug,
            title=title,
            summary=summary,
            body=body,
            starts_on=today + timedelta(days=first),
            ends_on=None if last is None else today + timedelta(days=last),
            is_pinned=pinned,
            is_important=important,
            is_demo=True,
        )
        for slug, title, summary, body, first, last, pinned, important in NEWS
    )
