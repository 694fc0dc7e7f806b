# Die Schritte des Assistenten vor „Integrieren“.

steps = Schritte
step-accounts = Konten
step-notifications = Benachrichtigungen
step-plans = Servicepläne
step-templates = Vorlagen
step-integration = Integration
integrate = Integrieren
set-for-all = Für alle setzen
needs-attention = Braucht Aufmerksamkeit
nothing = nichts
yes = ja
no = nein

problems-title = { $count ->
    [one] { $count } Feld braucht Aufmerksamkeit
   *[other] { $count } Felder brauchen Aufmerksamkeit
}
problems-more = und { $count } weitere; jedes ist unten markiert

field-optional = (freiwillig)
field-company-name = Firmenname
field-company-address = Anschrift
field-company-city = Ort
field-company-state = Bundesland oder Region
field-company-postal-code = Postleitzahl
field-company-country = Ländercode
field-contact-first-name = Vorname des Ansprechpartners
field-contact-last-name = Nachname des Ansprechpartners
field-contact-email = E-Mail-Adresse des Ansprechpartners

accounts-title = Kaseya-Kunden mit Trend-Micro-Konten verbinden
accounts-purpose = { $count ->
    [one] { $count } Kunde. Wählen Sie, ob er ein neues Konto bei Trend Micro bekommt oder eines, das es schon gibt. An Trend Micro wird nichts gesendet, bevor Sie im letzten Schritt „Integrieren“ drücken.
   *[other] { $count } Kunden. Wählen Sie für jeden, ob er ein neues Konto bei Trend Micro bekommt oder eines, das es schon gibt. An Trend Micro wird nichts gesendet, bevor Sie im letzten Schritt „Integrieren“ drücken.
}
accounts-all-assigned = Jedes Trend-Micro-Konto gehört schon zu einem Kunden, deshalb können nur neue Konten gewählt werden. Das ist normal.
accounts-pending = { $count ->
    [one] { $count } Ansprechpartner wird noch aus VSA gelesen; Lücken füllen sich vielleicht von selbst, und „Lücken füllen“ lässt diesen Kunden aus. Speichern Sie Ihre Eingaben und laden Sie dann <a href="{ $address }/accounts">neu</a>.
   *[other] { $count } Ansprechpartner werden noch aus VSA gelesen; Lücken füllen sich vielleicht von selbst, und „Lücken füllen“ lässt diese Kunden aus. Speichern Sie Ihre Eingaben und laden Sie dann <a href="{ $address }/accounts">neu</a>.
}
accounts-fill = Lücken mit den Angaben meiner Firma füllen
accounts-accept = Alle genauen Treffer annehmen ({ $count })
accounts-add = Kunden hinzufügen
accounts-fill-all = Lücken aller Zeilen mit denselben Werten füllen
accounts-fill-these = Diese Lücken füllen
accounts-fill-these-about = Nur leere Felder werden gefüllt; was eingegeben oder aus VSA gelesen wurde, bleibt.
accounts-choose = Konto wählen …
accounts-create = + Neues Trend-Micro-Konto anlegen
accounts-endpoints = { $count } Endgeräte
accounts-account-of = Trend-Micro-Kundenkonto von { $name }
accounts-another = Anderes Konto
accounts-another-for = Anderes Konto für { $name } suchen
accounts-remove = Entfernen
accounts-remove-name = { $name } aus diesem Import entfernen
accounts-details = Angaben zum neuen Konto

account-search-title = Trend-Micro-Konto wählen
account-search-about = Für <strong dir="auto">{ $name }</strong>. Konten, die zu einem anderen Kunden gehören, werden nicht angeboten.
account-search-back = Zurück zur Zeile
account-search-label = Konten suchen
account-search-none = Kein freies Konto passt. Suchen Sie nach einem anderen Teil seines Namens, oder gehen Sie zurück und legen Sie ein neues Konto an.
account-search-why = Warum
account-search-choose = Wählen
account-search-choose-name = { $name } wählen
account-search-more = Es gibt vielleicht mehr. Suchen Sie nach einem längeren Teil des Namens.

notifications-title = Kundenbenachrichtigungen von Trend Micro
notifications-purpose = Wer bekommt die Benachrichtigungen zu diesen Kunden?
notifications-no-manager = Remote Manager ist nicht verbunden, deshalb wird nur der Ansprechpartner neuer Konten gesetzt; die Empfänger der Worry-Free-Benachrichtigungen bleiben, wie Trend Micro sie setzt.
notifications-to-me = Alle Kundenbenachrichtigungen an meine E-Mail-Adresse senden <bdi>({ $email })</bdi>
notifications-to-me-about = Mit Häkchen: Ihre Adresse wird Ansprechpartner der neu angelegten Konten und bekommt die Benachrichtigungen jedes Kontos in diesem Import. Ohne Häkchen: die eigene Adresse jedes Kunden.
notifications-own = Eigene E-Mail-Adresse des Kunden
notifications-address = E-Mail-Adresse

pools-title = Lizenzpools
pools-product = Produkt
pools-available = Verfügbar
pools-requested = Angefordert
pools-assigned = Zugeteilt
pools-left = Rest
pools-enough = Genug?
pools-unknown = Trend Micro sagt nicht, wie viele es sind; das heißt nicht null
pools-requested-of = Angefordert von { $product }
pools-of = { $requested } von { $available }
pools-short = Reicht nicht
pools-reserved = { $available }, davon { $reserved } reserviert für einen laufenden Import

plans-title = Serviceplan zuweisen
plans-rule = Die Plätze sind die Endgeräte plus { $margin } %, aufgerundet, und mindestens { $minimum }.
plans-purpose = { $count ->
    [one] Jede Zahl lässt sich ändern. { $count } Kunde, insgesamt <span data-total>{ $seats }</span> Plätze.
   *[other] Jede Zahl lässt sich ändern. { $count } Kunden, insgesamt <span data-total>{ $seats }</span> Plätze.
}
plans-short = { $count ->
    [one] Die Lizenzen reichen nicht für <span data-left-out>{ $count } Kunden</span>. Importiert werden nur die ersten Kunden der Liste, so weit die Lizenzen reichen. Ändern Sie die Reihenfolge, die Plätze oder die Pläne, oder beschaffen Sie weitere Lizenzen.
   *[other] Die Lizenzen reichen nicht für <span data-left-out>{ $count } Kunden</span>. Importiert werden nur die ersten Kunden der Liste, so weit die Lizenzen reichen. Ändern Sie die Reihenfolge, die Plätze oder die Pläne, oder beschaffen Sie weitere Lizenzen.
}
plans-cut = Hier enden die Lizenzen für mindestens ein Produkt. Darunter markierte Zeilen werden nicht importiert.
plans-for-all = Ein Plan für alle
plans-recompute = Alle Plätze neu berechnen
plans-keep = Plätze behalten, die Konten schon haben
plans-place = Rang
plans-plan = Serviceplan
plans-how = Wie
plans-order = Folge
plans-drag = An eine andere Stelle ziehen
plans-no-licenses = Keine Lizenzen
plans-choose = Serviceplan wählen …
plans-place-of = Rang von { $name }
plans-plan-of = Serviceplan von { $name }
plans-seats-of = Plätze von { $name }
plans-up = { $name } nach oben
plans-down = { $name } nach unten
plans-no-number = Geben Sie eine ganze Zahl von 1 bis 999.999 ein. Bis dahin bleibt die Zahl von vorher.
plans-endpoints = { $count ->
    [one] { $count } Endgerät
   *[other] { $count } Endgeräte
}
plans-endpoints-not-read = Endgeräte noch nicht gelesen
plans-seats = { $count ->
    [one] { $count } Platz
   *[other] { $count } Plätze
}
plans-minimum = { $endpoints }: mindestens { $seats }
plans-margin = { $endpoints } + { $margin } % = { $seats }
plans-entered = eingegeben; { $how }
plans-keeps = { $count ->
    [one] hat schon { $count } Platz; nichts ändert sich
   *[other] hat schon { $count } Plätze; nichts ändert sich
}
plans-changes = { $before } → { $seats }
plans-changes-to = wird geändert auf { $seats }

templates-title = Vorlage zuweisen
templates-purpose = { $count ->
    [one] { $count } Kunde. Wählen Sie die Einstellungen, mit denen sein Konto beginnt, und sehen Sie sich dann den Plan an.
   *[other] { $count } Kunden. Wählen Sie die Einstellungen, mit denen jedes Konto beginnt, und sehen Sie sich dann den Plan an.
}
templates-no-manager = Remote Manager ist nicht verbunden, deshalb werden keine Vorlagen angeboten. Neue Konten beginnen mit dem Standard von Trend Micro.
templates-of = { $count ->
    [one] Vorlagen für { $count } Kunden
   *[other] Vorlagen für { $count } Kunden
}
templates-for-all = Eine Vorlage für alle
templates-template-of = Vorlage von { $name }
templates-gone = { $id } (nicht verfügbar)
templates-warns = Das Konto gab es schon vorher: Seine Einstellungen sind vielleicht angepasst worden. Prüfen Sie sie danach.
templates-save = Speichern und Plan neu berechnen
templates-next = Weiter: Plan ansehen

summary-title = Was „Integrieren“ tun wird
summary-changed = Der Plan hat sich geändert, seit Sie ihn angesehen haben
summary-changed-about = An Trend Micro wurde nichts gesendet. Sehen Sie sich den Plan an, wie er jetzt ist, und drücken Sie noch einmal „Integrieren“.
summary-blocked = Der Plan kann noch nicht berechnet werden
summary-capped = Zu viel auf einmal: „Integrieren“ würde abgelehnt
summary-monthly = <strong>{ $amounts }</strong> im Monat nach Ihrer Preisliste.
summary-without = Nicht enthalten: { $what }.
summary-no-price = { $plan } hat in Ihrer Liste keinen Preis
summary-seats-not-known = { $count ->
    [one] von { $count } Kunden ist nicht bekannt, wie viele Plätze er vorher hatte
   *[other] von { $count } Kunden ist nicht bekannt, wie viele Plätze sie vorher hatten
}
summary-not-known = nicht bekannt
summary-by-rule = { $count } dieser Plätze kommen von der Regel: { $margin } % mehr als Endgeräte und mindestens { $minimum } für jeden Kunden.
summary-imported = Werden importiert
summary-left-out = Werden nicht importiert
summary-left-out-about = Importiert werden nur die ersten Kunden der Liste, so weit die Lizenzen reichen. Für diese wird nichts angelegt; beschaffen Sie weitere Lizenzen, oder rücken Sie sie in der Liste nach oben:
summary-done = Was getan wird
summary-read = Berechnet aus dem Stand von { $when }.
summary-warning = { $count ->
    [one] { $count } Kunden integrieren: Abonnements kosten von jetzt an Geld, und Konten lassen sich von hier aus nicht wieder löschen.
   *[other] { $count } Kunden integrieren: Abonnements kosten von jetzt an Geld, und Konten lassen sich von hier aus nicht wieder löschen.
}
total-customers = Zu importierende Kunden
total-create = Anzulegende Konten
total-link = Zu verbindende Konten
total-subscriptions = Neue Abonnements
total-changes = Zu ändernde Abonnements
total-seats = Plätze insgesamt
total-left-out = Ausgelassene Kunden
action-create-account = Konto anlegen
action-link-account = Konto verbinden
action-create-subscription = Serviceplan zuweisen
action-set-units = Plätze ändern
action-set-notifications = Benachrichtigungen einstellen
action-apply-template = Vorlage anwenden

stale-title = Der Import wurde inzwischen geändert
stale-about = Jemand anders, oder Sie in einem anderen Tab, hat diesen Import gespeichert, nachdem Sie ihn geöffnet hatten. Von Ihnen wurde noch nichts gespeichert, und nichts ist verloren.
stale-more = und { $count } weitere Änderungen.
stale-drop = Meine verwerfen und den Import zeigen, wie er jetzt ist
stale-save = Meine darüber speichern
changed-what = Was
changed-before = War
changed-after = Ist jetzt
changed-row = Zeile
changed-entries = { $count } Einträge
changed-details = Angaben
# Namen der Felder, wie sie die Unterschiede zweier Fassungen nennen.
changed-company-name = Name der Firma
changed-company-address = Anschrift der Firma
changed-company-city = Ort der Firma
changed-company-state = Bundesland der Firma
changed-company-postal-code = Postleitzahl der Firma
changed-company-country = Land der Firma
changed-contact-first-name = Vorname des Ansprechpartners
changed-contact-last-name = Nachname des Ansprechpartners
changed-contact-email = E-Mail-Adresse des Ansprechpartners
changed-account-id = Konto
changed-recipient-email = Empfänger
changed-service-plan-id = Serviceplan
changed-template-id = Vorlage
changed-seats = Plätze
changed-position = Rang
changed-send-all-to-partner = alles an den Partner senden
