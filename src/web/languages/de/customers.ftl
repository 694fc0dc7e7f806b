# Kunden mit und ohne Konto und die Liste der Importe.

customers-purpose = Kaseya-Kunden ohne Konto bei Trend Micro. Wählen Sie welche aus und importieren Sie sie: An Trend Micro wird nichts gesendet, bevor Sie den Plan gesehen haben.
customers-not-linked = Kunden ohne Trend Micro
customers-linked = Kunden mit Trend Micro
customers-import = Nach Trend Micro importieren
customers-tick-one = Wählen Sie mindestens einen Kunden aus und drücken Sie dann „Nach Trend Micro importieren“.
customers-search = Kunden suchen
customers-search-by = Name, Kürzel oder E-Mail
customers-same-name = Mit gleichnamigem Konto
customers-show-own = Eigene Organisationen von VSA zeigen ({ $count })
customers-match = { $count ->
    [one] { $count } Kunde passt
   *[other] { $count } Kunden passen
}
customers-none = Hier sind keine Kunden. Schon importierte Kunden stehen unter „Kunden mit Trend Micro“; neue erscheinen nach dem Aktualisieren.
customers-none-same-name = Kein Kunde heißt hier wie ein freies Konto. Nehmen Sie das Häkchen bei „Mit gleichnamigem Konto“ weg, um alle zu sehen.
customers-none-match = Kein Kunde passt zu „<bdi>{ $search }</bdi>“. Suchen Sie nach etwas anderem, oder leeren Sie die Suche.
customers-select-all = Alle { $count } passenden auswählen
customers-select-many = Alle { $count } passenden auswählen; nur die ersten 1.000 passen in einen Import
endpoints = Endgeräte

list-selected = Ausgewählt
list-select-page = Alle Kunden dieser Seite auswählen
list-contact = Ansprechpartner
list-best-match = Bester Treffer
list-in-import = In einem laufenden Import
list-vsa-own = Von VSA selbst
list-previous = ← Zurück
list-stays = Ausgewähltes bleibt ausgewählt.
list-carried = { $count } ausgewählt, hier nicht zu sehen

freshness-refresh = Aktualisieren
freshness-running = Wird aus VSA und von Trend Micro gelesen
freshness-progress = Fortschritt
freshness-done = { $done } von { $total }
freshness-so-far = bisher { $done }
freshness-reload = Neu laden
freshness-failed = Das letzte Aktualisieren ist nicht gelungen.
freshness-read = Gelesen { $ago } ({ $when })
freshness-never = Kunden und Konten wurden noch nicht vollständig gelesen.
freshness-incomplete = Beim letzten Lesen waren nicht alle Kunden zu sehen.
freshness-hidden = { $count ->
    [one] { $count } Endgerät gehört zu Kunden, die der VSA-Benutzer des Plug-ins nicht sehen darf.
   *[other] { $count } Endgeräte gehören zu Kunden, die der VSA-Benutzer des Plug-ins nicht sehen darf.
}

linked-purpose = Kunden mit einem Konto bei Trend Micro, und wie viele ihrer Plätze genutzt sind.
linked-search-by = Kunde oder Konto
linked-drifting = Nur mit fehlenden oder ungenutzten Plätzen
linked-none = Noch hat kein Kunde ein Konto bei Trend Micro. Wählen Sie unter <a href="{ $base }/customers">Kunden ohne Trend Micro</a> Kunden aus und importieren Sie sie.
linked-none-match = Kein Kunde passt zu „<bdi>{ $search }</bdi>“.
linked-none-drifts = Nichts zu tun: Kein Kunde hat zu wenige Plätze oder mehr als die Hälfte davon ungenutzt.
linked-no-match-drifts = Nichts zu tun: Kein passender Kunde hat zu wenige Plätze oder mehr als die Hälfte davon ungenutzt.
linked-plan = Serviceplan
linked-seats = Genutzte Plätze
linked-imported = Importiert
linked-of = { $endpoints } von { $seats }
linked-short = { $count ->
    [one] { $count } Platz zu wenig
   *[other] { $count } Plätze zu wenig
}
linked-idle = { $count ->
    [one] { $count } Platz übrig
   *[other] { $count } Plätze übrig
}
linked-spare = { $count } übrig
linked-none-spare = keiner übrig

imports-purpose = Alle Importe, der neueste zuerst. Ein unfertiger geht dort weiter, wo er verlassen wurde.
imports-new = Neuer Import
imports-none = Es gibt noch keine Importe. Wählen Sie unter <a href="{ $base }/customers">Kunden</a> Kunden aus, oder beginnen Sie hier einen neuen Import.
imports-begun = Begonnen
imports-look = Plan ansehen und integrieren
imports-older = Ältere →

choose-about = Wählen Sie die Kunden aus, die Sie importieren möchten. Noch ist keiner ausgewählt, und an Trend Micro wird nichts gesendet, bevor Sie im letzten Schritt „Integrieren“ drücken.
choose-add-about = Wählen Sie die Kunden aus, die hinzukommen sollen. Wer schon in diesem Import ist, bleibt darin.
choose-back = Zurück, ohne hinzuzufügen
choose-add = Ausgewählte Kunden hinzufügen
choose-tick-one = Wählen Sie mindestens einen Kunden aus.

start = Starten
start-purpose = Verbinden Sie Kaseya-Kunden Schritt für Schritt mit Trend-Micro-Konten. An Trend Micro wird nichts gesendet, bevor Sie am Ende „Integrieren“ drücken.
start-go-on = Einen Import fortsetzen
linked-first = ← Erste Seite
