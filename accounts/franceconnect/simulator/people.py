"""The fictional people who may sign in, with what FranceConnect would say of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """A pivot identity: birth name, all given names, birth, and the name in use when it is another."""

    key: str
    given_name: str
    family_name: str
    birthdate: str
    gender: str
    birthplace: str = "81065"
    birthcountry: str = "99100"
    preferred_username: str = ""
    email: str = ""

    @property
    def shown(self) -> str:
        """« Claire Marie Martin, née Delmas »."""
        born = f", nom de naissance {self.family_name.title()}" if self.preferred_username else ""
        return f"{self.given_name.title()} {(self.preferred_username or self.family_name).title()}{born}"

    def claims(self) -> dict[str, str]:
        """Return every claim of the identity, whatever scope asks for it."""
        said = {name: value for name, value in vars(self).items() if value and name != "key"}
        return said | {"given_name": self.given_name.upper(), "family_name": self.family_name.upper()}


PEOPLE = (
    Person("martin", "Claire Marie", "Delmas", "1988-03-14", "female", preferred_username="MARTIN"),
    Person("petit", "Sophie", "Petit", "1990-07-02", "female"),
    Person("bernard", "Marc Étienne", "Bernard", "1987-11-23", "male"),
    Person("durand", "Paul", "Durand", "1985-01-30", "male"),
    Person("agent", "Hélène", "Fabre", "1979-05-09", "female"),
    Person("inconnue", "Yvonne", "Calvet", "1961-09-17", "female"),
)
