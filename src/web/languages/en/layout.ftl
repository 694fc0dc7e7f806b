# The frame around every page, signing in, and errors.

direction = ltr

skip = Skip to the content
main-navigation = Main
customers = Customers
imports = Imports
leave = Leave
language = Language

sign-in-title = Sign in
sign-in-first = Please sign in
sign-in-ended = You are not signed in, or your session has ended.
sign-in-kept = Nothing is lost: what you entered and saved is kept.
sign-in-again = Open this page from the navigation tree of VSA, or with a new sign-in link. You will come back to this place.
sign-in-used = This link cannot be used
sign-in-used-about = It has been used before, or it has expired. Nothing was changed.
sign-in-used-next = Open this page from the navigation tree of VSA, or with a new sign-in link.
sign-in-lost = Your browser did not keep the sign-in
sign-in-lost-about = You were signed in, but your browser blocks our cookie.
sign-in-lost-next = Allow cookies for this site inside VSA, or open a new sign-in link in its own tab.
sign-in-left = You have left
sign-in-left-about = You are signed out. Imports that are running go on by themselves.

enter-about = You are about to open the Worry-Free Services plug-in of <bdi>{ $partner }</bdi>.
enter-continue = Continue
enter-no-cookies = Your browser does not keep cookies for this site here, so you could not stay signed in. The sign-in link has not been used up.
enter-own-tab-about = Allow cookies for this site inside VSA and reload, or open it in its own tab.
enter-own-tab = Open in its own tab

error-not-found = There is no such page
error-not-found-about = It does not exist, or it is not yours. Nothing was changed.
error-method = This address does something else
error-method-about = Nothing was changed. Go back and use the buttons of the page.
error-forbidden = This form came from somewhere else
error-forbidden-about = Nothing was changed. Forms are taken only from our own pages: open the page again and repeat what you did. If it is shown inside another site, its frame must not be sandboxed without allow-same-origin.
error-too-large = This form is too large
error-too-large-about = Nothing was stored. One import takes at most 1,000 customers: make several smaller ones.
error-unreadable = This request cannot be read
error-unreadable-about = Nothing was changed. Go back and try again.
error-ours = Something went wrong on our side
error-ours-about = What was stored before is safe. Look at the current state before you try again.
error-refused = This cannot be done
error-too-many = One import takes at most 1,000 customers. Nothing was stored. Tick fewer of them, and import the rest next.
error-no-button = Nothing was changed. Open the page again and choose one of its buttons.
error-refresh = Refresh the inventory
error-request = For support: request <code>{ $id }</code>
connections = Connections
error-too-many-requests = Too many requests at once
error-too-many-requests-about = Nothing was changed. Wait { $seconds } seconds, then try again. If you did not do much, somebody else at your address or in your company does.
