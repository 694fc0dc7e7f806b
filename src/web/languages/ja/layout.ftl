# すべてのページの枠、サインイン、エラー。

direction = ltr

skip = 本文へ移動
main-navigation = メイン
customers = 顧客
imports = インポート
leave = サインアウト
language = 言語

sign-in-title = サインイン
sign-in-first = サインインしてください
sign-in-ended = サインインしていないか、セッションが終了しています。
sign-in-kept = 失われたものはありません。入力して保存した内容は残っています。
sign-in-again = VSA のナビゲーションツリーから、または新しいサインインリンクでこのページを開いてください。この場所に戻ります。
sign-in-used = このリンクは使用できません
sign-in-used-about = すでに使用されたか、有効期限が切れています。何も変更されていません。
sign-in-used-next = VSA のナビゲーションツリーから、または新しいサインインリンクでこのページを開いてください。
sign-in-lost = ブラウザーがサインインを保持しませんでした
sign-in-lost-about = サインインしましたが、ブラウザーがこのサイトの Cookie をブロックしています。
sign-in-lost-next = VSA 内でこのサイトの Cookie を許可するか、新しいサインインリンクを別のタブで開いてください。
sign-in-left = サインアウトしました
sign-in-left-about = サインアウトしました。実行中のインポートはそのまま続行されます。

enter-about = <bdi>{ $partner }</bdi> の Worry-Free Services プラグインを開きます。
enter-continue = 続行
enter-no-cookies = ここではブラウザーがこのサイトの Cookie を保持しないため、サインイン状態を維持できませんでした。サインインリンクはまだ使用されていません。
enter-own-tab-about = VSA 内でこのサイトの Cookie を許可して再読み込みするか、別のタブで開いてください。
enter-own-tab = 別のタブで開く

error-not-found = ページがありません
error-not-found-about = 存在しないか、あなたのものではありません。何も変更されていません。
error-method = このアドレスは別の用途のものです
error-method-about = 何も変更されていません。前のページに戻り、ページのボタンを使用してください。
error-forbidden = このフォームは別の場所から送信されました
error-forbidden-about = 何も変更されていません。フォームは本サービスのページからのみ受け付けます。ページを開き直して、もう一度操作してください。別のサイト内に表示されている場合、そのフレームは allow-same-origin なしで隔離しないでください。
error-too-large = フォームが大きすぎます
error-too-large-about = 何も保存されていません。1 回のインポートで扱える顧客は 1,000 件までです。小さく分けてください。
error-unreadable = この要求は読み取れません
error-unreadable-about = 何も変更されていません。前のページに戻って、もう一度お試しください。
error-ours = 本サービス側で問題が発生しました
error-ours-about = すでに保存された内容は安全です。もう一度試す前に、現在の状態を確認してください。
error-refused = この操作はできません
error-too-many = 1 回のインポートで扱える顧客は 1,000 件までです。何も保存されていません。選択を減らし、残りは次のインポートで行ってください。
error-no-button = 何も変更されていません。ページを開き直して、いずれかのボタンを使用してください。
error-refresh = インベントリを更新
error-request = サポート用: 要求 <code>{ $id }</code>
connections = 接続
error-too-many-requests = 一度に送られた要求が多すぎます
error-too-many-requests-about = 何も変更されていません。{ $seconds } 秒待ってから、もう一度お試しください。心当たりがない場合は、同じアドレスまたは会社のほかの人が利用しています。
