"""The 22 public schools of Castres, to be loaded into a new installation (agents may edit them afterwards).

Facts: directory of schools of the Ministry of Education, 26 November 2024, Licence Ouverte. Its column « nature » calls
« élémentaire » what the town and the parents call « primaire » (nursery classes included): the kind given here is the town's,
9 maternelles, 7 élémentaires and 6 primaires.
"""

from families.models import School

NURSERY = School.Kind.NURSERY
ELEMENTARY = School.Kind.ELEMENTARY
PRIMARY = School.Kind.PRIMARY
POSTCODE = "81100"
NO_CANTEEN = frozenset({"0810136H"})

# UAI, name, kind, street, telephone.
SCHOOLS: tuple[tuple[str, str, School.Kind, str, str], ...] = (
    ("0810398T", "Albinque", NURSERY, "21 rue de la Gravière", "05 63 59 24 82"),
    ("0810399U", "Bisséous", NURSERY, "4 rue des Frères Nicouleau", "05 63 35 14 98"),
    ("0810400V", "Centre", NURSERY, "12 avenue Albert 1er", "05 63 59 34 82"),
    ("0810931X", "Jacques Prévert", NURSERY, "Rue Eugène Fau", "05 63 35 89 51"),
    ("0810139L", "Les Farguettes", NURSERY, "Route de Lavaur", "05 63 59 53 10"),
    ("0811043U", "Marie Curie", NURSERY, "Avenue de la Capelanie Haute", "05 63 59 65 24"),
    ("0810989K", "Olivier Messiaen", NURSERY, "37 rue Francis Poulenc", "05 63 59 56 70"),
    ("0810403Y", "Roulandou", NURSERY, "Chemin de Saint-Hippolyte", "05 63 35 43 90"),
    ("0810404Z", "Villegoudou", NURSERY, "30 boulevard Docteur Aribat", "05 63 35 33 39"),
    ("0811149J", "Bisséous", ELEMENTARY, "4 rue des Frères Nicouleau", "05 63 35 14 91"),
    ("0810369L", "Centre", ELEMENTARY, "7 place de la République", "05 63 59 25 80"),
    ("0810933Z", "Jacques Prévert", ELEMENTARY, "Rue Eugène Fau", "05 63 35 88 92"),
    ("0811190D", "Roulandou", ELEMENTARY, "Chemin de Saint-Hippolyte", "05 63 35 43 84"),
    ("0811192F", "L’Albinque", ELEMENTARY, "9 place Pierre Fabre", "05 63 59 29 97"),
    ("0810988J", "La Pause", ELEMENTARY, "Rue Auguste Renoir", "05 63 59 56 59"),
    ("0810130B", "Villegoudou", ELEMENTARY, "32 boulevard Docteur Aribat", "05 63 35 35 12"),
    ("0810363E", "Aillot", PRIMARY, "7 chemin de la Bouriatte", "05 63 35 11 20"),
    ("0811249T", "Jean-Marc Buteau", PRIMARY, "Allée du Belvédère", "05 63 35 66 67"),
    ("0811250U", "Louis David", PRIMARY, "Rue Louis David", "05 63 59 16 64"),
    ("0810371N", "Laden", PRIMARY, "Boulevard Mendès France", "05 63 59 58 40"),
    ("0811150K", "Lambert", PRIMARY, "20 chemin de Lambert", "05 63 62 13 89"),
    ("0810136H", "Puech Auriol", PRIMARY, "Hameau Puech Auriol", "05 63 59 57 37"),
)


def fill_schools() -> int:
    """Add the schools that are missing and return how many; those that exist keep what agents wrote."""
    known = set(School.objects.values_list("uai", flat=True))
    missing = [
        School(
            uai=uai,
            name=name,
            kind=kind,
            street=street,
            postcode=POSTCODE,
            phone=phone,
            has_canteen=uai not in NO_CANTEEN,
        )
        for uai, name, kind, street, phone in SCHOOLS
        if uai not in known
    ]
    return len(School.objects.bulk_create(missing))
