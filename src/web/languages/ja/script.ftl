# スクリプトの文言。値は { $name } の形で、複数形ごとに属性を書く。

script-selected = { $count } 件を選択中
script-none-selected = 選択なし
script-carried = { $count } 件を選択中 (ほかのページ { $carried } 件)
script-choose = アカウントを選択または検索
script-accounts =
    .other = アカウント { $count } 件
script-no-suggestion = 名前が近いアカウントはありません。入力するとすべてのアカウントを検索します。
script-search-failed = 検索できませんでした。もう一度お試しください。
script-no-match = 一致する空きアカウントはありません。
script-keeps =
    .other = すでに { $count } シートあり、変更なし
script-changes =
    .other = { $before } → { $count } シート
script-left-out =
    .other = 顧客 { $count } 件
script-moved = { $name } は { $count } 件中 { $place } 番目になりました。「保存」を押すと確定します。
script-renewed = 読み取った内容を一覧に反映しました。
script-testing = テスト中です。数秒かかります。
script-no-answer = 有効な応答がありません。保存されたかどうか不明です。ページを再読み込みして確認してください。
