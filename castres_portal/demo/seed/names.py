"""Common first names and surnames, streets of Castres: picked at random, so that every household is fictional."""


def _words(text: str) -> list[str]:
    return text.split()


SURNAMES = _words(
    "Alary Albert Andrieu Arnaud Astruc Aubert Azéma Bardou Barthès Benoit Blanc Boissonnade Bonnet Bonneville Bosc Boudet "
    "Bousquet Boyer Calmels Calvet Carayon Carrière Cassan Castan Cathala Caussé Chabbert Clavel Colin Combes Cros "
    "Dupuy Escande Estève Fabre Faure Ferreira Fournier Galinier Garcia Gasc Gau Gautier Guibert Guiraud "
    "Haddad Jalabert Julien Lacombe Lafon Lagarde Lopez Malaterre Martinez Mas Maurel Mazars Mercier Millet Molinier Moreau "
    "Nègre Nicolas Olivier Pagès Pascal Pech Perez Planes Pons Pradel Puech Raynal Ricard Rigal Robert Roques Rouanet "
    "Rouquette Roussel Sabatier Salvan Sanchez Séguier Serres Sicard Soulié Tournier Valette Vergnes Viala Vidal Vieu"
)

WOMEN = _words(
    "Amandine Amélie Anaïs Aurélie Camille Caroline Cécile Céline Charlotte Claire Delphine Élodie Émilie Fatima Hélène "
    "Isabelle Julie Karine Laetitia Laure Laura Lucie Marie Marion Mélanie Nadia Nathalie Pauline Sabrina Samira Sandrine "
    "Sarah Sophie Stéphanie Valérie Vanessa Virginie"
)
MEN = _words(
    "Adrien Alexandre Antoine Arnaud Benoît Bruno Cédric Christophe David Fabien Florian Franck Frédéric Guillaume Jérôme "
    "Julien Karim Laurent Loïc Ludovic Mathieu Maxime Mehdi Mickaël Nicolas Olivier Pascal Pierre Rachid Romain Sébastien "
    "Simon Stéphane Sylvain Thomas Vincent Yann"
)
GIRLS = _words(
    "Adèle Agathe Alice Alix Ambre Anna Assia Capucine Chloé Clara Éléna Élise Emma Eva Iris Inaya Inès Jade Jeanne Julia "
    "Juliette Léa Léna Léonie Lina Lou Louise Lucie Manon Margaux Mila Nina Nour Olivia Rose Romane Sarah Sofia Victoire Zoé"
)
BOYS = _words(
    "Aaron Adam Arthur Augustin Axel Basile Côme Eden Éliott Elio Enzo Ethan Gabin Gabriel Gaspard Hugo Ibrahim Imran Jules "
    "Léo Léon Liam Louis Lucas Maël Malo Marius Mathis Mohamed Naël Nathan Noah Noé Oscar Paul Raphaël Sacha Samuel Théo Tom"
)

STREETS = (
    "allée du Belvédère",
    "avenue Albert 1er",
    "avenue Charles de Gaulle",
    "avenue d’Albi",
    "avenue de Lavaur",
    "avenue de la Capelanie Haute",
    "avenue Georges Pompidou",
    "avenue Lucien Coudert",
    "boulevard Docteur Aribat",
    "boulevard Mendès France",
    "boulevard Raymond Vittoz",
    "chemin de Lambert",
    "chemin de la Bouriatte",
    "chemin de Saint-Hippolyte",
    "place Pierre Fabre",
    "quai Tourcaudière",
    "rue Auguste Renoir",
    "rue d’Empare",
    "rue de la Gravière",
    "rue des Frères Nicouleau",
    "rue Émile Zola",
    "rue Eugène Fau",
    "rue Francis Poulenc",
    "rue Gambetta",
    "rue Henri IV",
    "rue Louis David",
    "rue Sabatier",
    "rue Victor Hugo",
    "rue Villegoudou",
)
