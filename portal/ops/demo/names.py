"""Invented people: common names put together by dice. Nobody in particular."""

import random
from typing import NamedTuple

WOMEN = """
Alba Ana Adriana Andrea Ángela Beatriz Blanca Camila Carmen Carolina Catalina Cecilia
Clara Claudia Consuelo Cristina Daniela Diana Elena Elvira Esperanza Estela Eugenia
Fernanda Flor Gloria Gabriela Inés Irene Isabel Jimena Juana Juliana Laura Leonor
Liliana Lucía Luisa Luz Magdalena Manuela Marcela Margarita María Mariana Marta
Mercedes Mónica Natalia Nidia Nubia Olga Paola Patricia Paula Pilar Rosa Ruth Sandra
Sara Silvia Sofía Soledad Susana Teresa Valentina Verónica Victoria Viviana Yolanda
""".split()

MEN = """
Alberto Alejandro Alfonso Álvaro Andrés Antonio Armando Arturo Benjamín Bernardo
Camilo Carlos César Cristian Daniel Darío David Diego Eduardo Efraín Emilio Enrique
Ernesto Esteban Fabián Felipe Fernando Francisco Gabriel Germán Gonzalo Guillermo
Gustavo Héctor Hernán Hugo Ignacio Iván Jaime Javier Jesús Jorge José Juan Julián Julio
Leonardo Luis Manuel Marco Mario Martín Mateo Mauricio Miguel Nelson Nicolás Óscar
Pablo Pedro Rafael Ramiro Ricardo Roberto Rodrigo Samuel Santiago Sebastián Sergio
Simón Tomás Vicente Víctor
""".split()

FAMILIES = """
Acosta Agudelo Álvarez Arango Arias Ávila Ballesteros Barrera Beltrán Bernal Blanco
Bohórquez Botero Bravo Buitrago Cabrera Calderón Camacho Cano Cárdenas Carrillo Castaño
Castro Chaparro Cifuentes Contreras Córdoba Correa Cortés Cruz Cuéllar Delgado Díaz
Duarte Durán Echeverri Escobar Espinosa Estrada Fajardo Flórez Forero Franco Galindo
Gallego García Garzón Gómez González Guerrero Guevara Gutiérrez Guzmán Henao Hernández
Herrera Hoyos Hurtado Ibarra Jaramillo Jiménez Lara Londoño López Lozano Marín Márquez
Martínez Medina Mejía Mendoza Molina Montoya Mora Morales Moreno Muñoz Murillo Navarro
Nieto Niño Obando Ochoa Ortega Ortiz Osorio Ospina Páez Palacios Pardo Parra Patiño
Peña Perdomo Pérez Pineda Pinzón Prieto Pulido Quiñones Quintero Ramírez Ramos Rangel
Restrepo Reyes Rincón Ríos Rivera Rodríguez Rojas Romero Rosero Rubio Ruiz Salazar
Salcedo Sánchez Santos Serrano Sierra Silva Solano Soto Suárez Tamayo Tapia Torres
Trujillo Uribe Valencia Vanegas Varela Vargas Vásquez Vega Velandia Vélez Villa
Villamizar Zapata Zuluaga
""".split()


class Name(NamedTuple):
    given: str
    families: str


def invent(dice: random.Random, *, woman: bool) -> Name:
    """Two given names for most, two surnames for all."""
    pool = WOMEN if woman else MEN
    given = dice.sample(pool, 2 if dice.random() < 0.7 else 1)
    return Name(" ".join(given), " ".join(dice.sample(FAMILIES, 2)))
