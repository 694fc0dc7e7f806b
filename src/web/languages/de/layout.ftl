# Der Rahmen jeder Seite, die Anmeldung und Fehler.

direction = ltr

skip = Zum Inhalt springen
main-navigation = Hauptnavigation
customers = Kunden
imports = Importe
leave = Abmelden
language = Sprache

sign-in-title = Anmelden
sign-in-first = Bitte melden Sie sich an
sign-in-ended = Sie sind nicht angemeldet, oder Ihre Sitzung ist beendet.
sign-in-kept = Nichts ist verloren: Was Sie eingegeben und gespeichert haben, bleibt erhalten.
sign-in-again = Öffnen Sie diese Seite über den Navigationsbaum von VSA oder mit einem neuen Anmeldelink. Sie kommen an diese Stelle zurück.
sign-in-used = Dieser Link kann nicht verwendet werden
sign-in-used-about = Er wurde schon verwendet oder ist abgelaufen. Es wurde nichts geändert.
sign-in-used-next = Öffnen Sie diese Seite über den Navigationsbaum von VSA oder mit einem neuen Anmeldelink.
sign-in-lost = Ihr Browser hat die Anmeldung nicht behalten
sign-in-lost-about = Sie waren angemeldet, aber Ihr Browser blockiert unser Cookie.
sign-in-lost-next = Erlauben Sie in VSA Cookies für diese Website, oder öffnen Sie einen neuen Anmeldelink in einem eigenen Tab.
sign-in-left = Sie haben sich abgemeldet
sign-in-left-about = Sie sind abgemeldet. Laufende Importe gehen von selbst weiter.

enter-about = Sie öffnen gleich das Worry-Free-Services-Plug-in von <bdi>{ $partner }</bdi>.
enter-continue = Weiter
enter-no-cookies = Ihr Browser behält hier keine Cookies dieser Website, deshalb konnten Sie nicht angemeldet bleiben. Der Anmeldelink ist noch nicht verbraucht.
enter-own-tab-about = Erlauben Sie in VSA Cookies für diese Website und laden Sie die Seite neu, oder öffnen Sie sie in einem eigenen Tab.
enter-own-tab = In eigenem Tab öffnen

error-not-found = Diese Seite gibt es nicht
error-not-found-about = Sie existiert nicht oder gehört nicht zu Ihnen. Es wurde nichts geändert.
error-method = Diese Adresse tut etwas anderes
error-method-about = Es wurde nichts geändert. Gehen Sie zurück und verwenden Sie die Schaltflächen der Seite.
error-forbidden = Dieses Formular kam von anderswo
error-forbidden-about = Es wurde nichts geändert. Formulare werden nur von unseren eigenen Seiten angenommen: Öffnen Sie die Seite neu und wiederholen Sie den Schritt. Wird sie in einer anderen Website gezeigt, darf deren Rahmen nicht ohne allow-same-origin abgeschottet sein.
error-too-large = Dieses Formular ist zu groß
error-too-large-about = Es wurde nichts gespeichert. Ein Import fasst höchstens 1.000 Kunden: Machen Sie mehrere kleinere daraus.
error-unreadable = Diese Anfrage ist nicht lesbar
error-unreadable-about = Es wurde nichts geändert. Gehen Sie zurück und versuchen Sie es noch einmal.
error-ours = Bei uns ist etwas schiefgegangen
error-ours-about = Was vorher gespeichert wurde, ist sicher. Sehen Sie sich den aktuellen Stand an, bevor Sie es noch einmal versuchen.
error-refused = Das geht nicht
error-too-many = Ein Import fasst höchstens 1.000 Kunden. Es wurde nichts gespeichert. Wählen Sie weniger aus und importieren Sie die übrigen danach.
error-no-button = Es wurde nichts geändert. Öffnen Sie die Seite neu und verwenden Sie eine ihrer Schaltflächen.
error-refresh = Bestand aktualisieren
error-request = Für den Support: Anfrage <code>{ $id }</code>
connections = Verbindungen
error-too-many-requests = Zu viele Anfragen auf einmal
error-too-many-requests-about = Es wurde nichts geändert. Warten Sie { $seconds } Sekunden und versuchen Sie es dann noch einmal. Wenn Sie nicht viel getan haben, tut es jemand anders an Ihrer Adresse oder in Ihrer Firma.
