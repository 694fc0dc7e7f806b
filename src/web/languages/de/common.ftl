# Zustände, Zahlen und Zeiten.

# Ein Zeitpunkt: $month ist die Nummer des Monats.
moment = { $day }.{ $month }.{ $year }, { $time } UTC
ago-now = gerade eben
ago-minutes = { $count ->
    [one] vor { $count } Minute
   *[other] vor { $count } Minuten
}
ago-hours = { $count ->
    [one] vor { $count } Stunde
   *[other] vor { $count } Stunden
}
ago-days = { $count ->
    [one] vor { $count } Tag
   *[other] vor { $count } Tagen
}
money = { $sign }{ $amount } { $currency }
customers-count = { $count ->
    [one] { $count } Kunde
   *[other] { $count } Kunden
}

unknown = unbekannt
not-read = noch nicht gelesen
none = keiner
trend-micro-default = Standard von Trend Micro
version-trial = Testversion
version-full = Vollversion

back = Zurück
save = Speichern
next = Weiter
next-arrow = Weiter →
search = Suchen
customer = Kunde
reference = Kürzel
account = Konto
seats = Plätze
state = Stand
template = Vorlage
undo = Diesen Import rückgängig machen
# Hinter dem Namen eines Kunden: Sein Konto heißt anders.
account-called = Konto <bdi>{ $name }</bdi>
by-whom = von <bdi>{ $name }</bdi>

item-queued = Wartet, bis er an der Reihe ist
item-creating-account = Konto wird angelegt
item-creating-subscription = Serviceplan wird zugewiesen
item-waiting-for-product = Wartet, bis Worry-Free Services bereit ist
item-setting-notifications = Benachrichtigungen werden eingestellt
item-applying-template = Vorlage wird angewendet
item-checking = Wird bei Trend Micro geprüft
item-waiting = Wird noch einmal versucht
item-needs-credentials = Wartet auf Zugangsdaten
item-imported = Importiert
item-imported-with-warning = Mit Warnung importiert
item-no-licenses = Nicht importiert: keine Lizenzen
item-refused = Fehlgeschlagen
item-needs-person = Braucht Sie
item-not-started = Nicht begonnen

import-draft = In Vorbereitung
import-integrating = Wird integriert
import-stopped = Angehalten
import-completed = Abgeschlossen
import-completed-with-problems = Mit Problemen abgeschlossen

run-queued = Beginnt gleich
run-running = Läuft
run-waiting = Steht still
run-stopping = Wird angehalten: begonnene Kunden werden noch fertig
run-stopped = Angehalten
run-finished = Beendet
run-finished-with-problems = Mit Problemen beendet
