# Was das Skript sagt. Jeder Wert steht als { $name }; zu jeder Pluralform gehört ein Attribut.

script-selected = { $count } ausgewählt
script-none-selected = Nichts ausgewählt
script-carried = { $count } ausgewählt, davon { $carried } hier nicht zu sehen
script-choose = Konto wählen oder suchen
script-accounts =
    .one = { $count } Konto
    .other = { $count } Konten
script-no-suggestion = Kein Konto passt vom Namen her. Tippen Sie, um alle zu durchsuchen.
script-search-failed = Die Suche ist nicht gelungen. Versuchen Sie es noch einmal.
script-no-match = Kein freies Konto passt.
script-keeps =
    .one = hat schon { $count } Platz; nichts ändert sich
    .other = hat schon { $count } Plätze; nichts ändert sich
script-changes =
    .one = { $before } → { $count } Platz
    .other = { $before } → { $count } Plätze
script-left-out =
    .one = { $count } Kunden
    .other = { $count } Kunden
script-moved = { $name } steht jetzt auf Rang { $place } von { $count }. Speichern behält das.
script-renewed = Die Liste zeigt, was gelesen wurde.
script-testing = Wird geprüft: Das dauert einige Sekunden.
script-no-answer = Keine brauchbare Antwort. Es ist nicht bekannt, ob etwas gespeichert wurde: Laden Sie die Seite neu und sehen Sie nach.
