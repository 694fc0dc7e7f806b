# „Integration abschließen“, was bei einem Kunden geschah, und das Rückgängigmachen.

integration-title = Integration abschließen
integration-purpose = Was bei Trend Micro für jeden Kunden getan wird, während es geschieht.
integration-bar = Erledigte Kunden
integration-imported = { $count ->
    [one] { $done } von { $count } Kunden importiert
   *[other] { $done } von { $count } Kunden importiert
}
integration-done = { $count ->
    [one] { $done } von { $count } Kunden erledigt
   *[other] { $done } von { $count } Kunden erledigt
}
integration-why = Warum es stillsteht:
integration-started = Begonnen { $when } von { $name }.
integration-ended = Begonnen { $when } von { $name }; beendet { $end }.
integration-close = Sie können diese Seite schließen; die Arbeit geht weiter, und die Seite lässt sich jederzeit wieder öffnen.
integration-stop = Anhalten
integration-stop-ask = Begonnene Kunden werden fertig, und keine neuen werden begonnen. Anhalten?
integration-retry = Nicht Erledigtes noch einmal versuchen
integration-new-import = { $count ->
    [one] Neuer Import für { $count } ausgelassenen Kunden
   *[other] Neuer Import für { $count } ausgelassene Kunden
}
integration-csv = CSV herunterladen
integration-now = Gerade in Arbeit
integration-others = Alle übrigen Kunden
back-to-integration = ← Zurück zur Integration
integration-taken-back = Dieser Import wurde rückgängig gemacht, wie von { $name } { $when } verlangt. Die Liste zeigt, wie er vorher geendet hatte.
integration-being-taken-back = Dieser Import wird rückgängig gemacht, wie von { $name } { $when } verlangt. Die Liste zeigt, wie er vorher geendet hatte.
integration-see-undo = Ansehen, was rückgängig gemacht wurde
next-try = Nächster Versuch: { $when }.
retry = Noch einmal
retry-name = { $name } noch einmal versuchen
more = Mehr
row-seats = { $count } Plätze

count-queued = wartend
count-under-way = in Arbeit
count-imported = importiert
count-imported-with-warning = mit Warnung importiert
count-not-imported = nicht importiert
count-not-started = nicht begonnen
count-needs-person = { $count ->
    [one] braucht Sie
   *[other] brauchen Sie
}

decide-about = Welches dieser Konten bei Trend Micro gehört zu <bdi>{ $name }</bdi>? Es wird nichts gesendet, bis Sie entschieden haben.
decide-this = Das ist es
decide-none-about = Keines davon gehört zu diesem Kunden: ein neues Konto anlegen.
decide-none = Keines davon
decide-none-ask = Ein neues Konto wird angelegt, und es lässt sich von hier aus nicht wieder löschen. Ist keines dieser Konten das richtige?

csv-position = Rang
csv-customer = Kaseya-Kunde
csv-organization-id = Organisations-ID
csv-account = Trend-Micro-Konto
csv-account-id = Konto-ID
csv-subscription-id = Abonnement-ID
csv-result = Ergebnis
csv-reason = Grund
csv-next-try = Nächster Versuch

record-title = Was hier geschah
record-purpose = Jede Anfrage und jede Antwort zu diesem Kunden in der Reihenfolge, in der sie geschahen.
record-started = Begonnen { $when } von { $name }
record-none = Für diesen Kunden ist noch nichts geschehen; an Trend Micro wurde für ihn nichts gesendet.
record-when = Wann
record-what = Was
record-trace = Trace-ID für Trend Micro
# Was die Aufzeichnung enthält, nach ihrem Code.
event-intended = Wird gleich gesendet
event-done = Erledigt
event-refused = Von Trend Micro abgelehnt
event-not-sent = Nicht gesendet
event-in-doubt = Die Antwort ging verloren; wir sehen nach, bevor etwas anderes gesendet wird
event-looked = Bei Trend Micro danach gesucht
event-adopted = Bei Trend Micro gefunden und übernommen
event-absent = Sicher nicht vorhanden; darf noch einmal gesendet werden
event-needs-person = Wartet auf eine Entscheidung
event-undone = Rückgängig gemacht
event-undo-refused = Nicht rückgängig gemacht
event-decided = Von einem Menschen entschieden
event-imported = Importiert
event-imported-with-warning = Mit Warnung importiert
event-given-up = Aufgegeben
event-read-failed = Lesen fehlgeschlagen
event-no-licenses = Keine Lizenzen
operation-create-account = Konto anlegen
operation-create-subscription = Abonnement anlegen
operation-set-units = Plätze setzen
operation-initialize-product = Produkt vorbereiten
operation-set-notifications = Benachrichtigungen einstellen
operation-apply-template = Vorlage anwenden

undo-purpose = { $count ->
    [one] Das macht rückgängig, was Geld kostet, für { $count } Kunden. Möglich ist es bis { $when }. Was bleibt, steht beim Kunden.
   *[other] Das macht rückgängig, was Geld kostet, für { $count } Kunden, den letzten zuerst. Möglich ist es bis { $when }. Was bleibt, steht bei jedem Kunden.
}
undo-nothing = Es gibt nichts rückgängig zu machen: Dieser Import läuft noch, oder er hat bei Trend Micro nichts angelegt.
undo-too-late = Ein Import kann bis 24 Stunden nach seinem Ende rückgängig gemacht werden; bei diesem war das { $when }. Ändern Sie seine Abonnements in der Konsole der Licensing Management Platform.
undo-undecided = Entscheiden Sie zuerst über { $customer }: Bis dahin weiß niemand, was dafür rückgängig zu machen ist. Die Frage steht auf der Seite der Integration.
undo-asked = Verlangt { $when } von { $name }.
undo-reversed = Was rückgängig gemacht wird
undo-stays = Was bleibt
undo-final = Das Rückgängigmachen lässt sich nicht rückgängig machen.
undo-keep = Alles behalten
undo-ask = Abonnements werden sofort ausgesetzt oder verkleinert, und mit ihnen der Schutz dieser Kunden. Den Import rückgängig machen?
undo-running = Wird rückgängig gemacht
undo-partly = Nicht alles konnte rückgängig gemacht werden
undone = Rückgängig gemacht
not-undone = Nicht rückgängig gemacht
undo-suspends = Das Abonnement wird ausgesetzt und die Verbindung gelöst.
undo-restores = { $count ->
    [one] Das Abonnement hat wieder { $count } Platz, und die Verbindung wird gelöst.
   *[other] Das Abonnement hat wieder { $count } Plätze, und die Verbindung wird gelöst.
}
undo-unlinks = Die Verbindung wird gelöst.
event-undo-checked-again = Soweit zu sehen rückgängig gemacht; wird später noch einmal angesehen
event-obeyed = Wie entschieden fortgesetzt
event-undo-sending = Rücknahme gesendet
event-stop-requested = Anhalten verlangt
event-retry-requested = Wieder aufgenommen
