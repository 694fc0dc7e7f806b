# 統合の完了、顧客ごとの記録、取り消し。

integration-title = 統合の完了
integration-purpose = Trend Micro で顧客ごとに行われていることを、進行に合わせて示します。
integration-bar = 完了した顧客
integration-imported = 顧客 { $count } 件のうち { $done } 件をインポート済み
integration-done = 顧客 { $count } 件のうち { $done } 件が完了
integration-why = 停滞の理由:
integration-started = { $when } に { $name } が開始。
integration-ended = { $when } に { $name } が開始、{ $end } に終了。
integration-close = このページは閉じてもかまいません。作業は続行され、いつでも開き直せます。
integration-stop = 停止
integration-stop-ask = 進行中の顧客は完了まで処理し、新しい顧客は開始しません。停止しますか?
integration-retry = 未完了のものを再試行
integration-new-import = 対象外の顧客 { $count } 件を新しくインポート
integration-csv = CSV をダウンロード
integration-now = 処理中
integration-others = その他のすべての顧客
back-to-integration = ← 統合に戻る
integration-taken-back = このインポートは、{ $name } が { $when } に求めたとおり取り消されました。一覧は取り消し前の結果です。
integration-being-taken-back = このインポートは、{ $name } が { $when } に求めたとおり取り消し中です。一覧は取り消し前の結果です。
integration-see-undo = 取り消しの内容を見る
next-try = 次の試行: { $when }。
retry = 再試行
retry-name = { $name } を再試行
more = その他
row-seats = { $count } シート

count-queued = 待機中
count-under-way = 処理中
count-imported = インポート済み
count-imported-with-warning = 警告付き
count-not-imported = 未インポート
count-not-started = 未開始
count-needs-person = { $count ->
   *[other] 判断待ち
}

decide-about = Trend Micro のこれらのアカウントのうち、<bdi>{ $name }</bdi> のものはどれですか? 決定するまで何も送信されません。
decide-this = これです
decide-none-about = どれもこの顧客のものではない場合: 新しいアカウントを作成します。
decide-none = どれでもない
decide-none-ask = 新しいアカウントが作成され、ここからは削除できません。これらのアカウントはどれも該当しませんか?

csv-position = 順位
csv-customer = Kaseya の顧客
csv-organization-id = 組織 ID
csv-account = Trend Micro アカウント
csv-account-id = アカウント ID
csv-subscription-id = サブスクリプション ID
csv-result = 結果
csv-reason = 理由
csv-next-try = 次の試行

record-title = 実行の記録
record-purpose = この顧客に関するすべての要求と応答を、発生した順に示します。
record-started = { $when } に { $name } が開始
record-none = この顧客についてはまだ何も行われていません。Trend Micro にも何も送信されていません。
record-when = 日時
record-what = 内容
record-trace = Trend Micro 用トレース ID
# 記録の内容 (コード別)。
event-intended = まもなく送信
event-done = 完了
event-refused = Trend Micro が拒否
event-not-sent = 未送信
event-in-doubt = 応答が失われました。ほかに何か送信する前に確認します
event-looked = Trend Micro で確認
event-adopted = Trend Micro で見つかり、引き継ぎました
event-absent = 存在しないことを確認。再送信できます
event-needs-person = 判断を待っています
event-undone = 取り消し済み
event-undo-refused = 取り消されていません
event-decided = 担当者が決定
event-imported = インポート済み
event-imported-with-warning = 警告付きでインポート済み
event-given-up = 断念
event-read-failed = 読み取り失敗
event-no-licenses = ライセンス不足
operation-create-account = アカウント作成
operation-create-subscription = サブスクリプション作成
operation-set-units = シート数設定
operation-initialize-product = 製品の準備
operation-set-notifications = 通知設定
operation-apply-template = テンプレート適用

undo-purpose = 料金が発生するものを顧客 { $count } 件について、最後のものから順に取り消します。{ $when } まで可能です。残るものは顧客ごとに示します。
undo-nothing = 取り消すものはありません。このインポートはまだ実行中か、Trend Micro に何も作成していません。
undo-too-late = インポートを取り消せるのは終了後 24 時間までで、このインポートの期限は { $when } でした。サブスクリプションは Licensing Management Platform のコンソールで変更してください。
undo-undecided = 先に { $customer } について決定してください。それまでは、取り消す内容が分かりません。質問は統合のページにあります。
undo-asked = { $when } に { $name } が要求。
undo-reversed = 取り消されるもの
undo-stays = 残るもの
undo-final = 取り消しは元に戻せません。
undo-keep = すべて残す
undo-ask = サブスクリプションはすぐに停止または縮小され、これらの顧客の保護も同様です。インポートを取り消しますか?
undo-running = 取り消し中
undo-partly = 一部は取り消せませんでした
undone = 取り消し済み
not-undone = 取り消されていません
undo-suspends = サブスクリプションを停止し、関連付けを解除します。
undo-restores = サブスクリプションを { $count } シートに戻し、関連付けを解除します。
undo-unlinks = 関連付けを解除します。
event-undo-checked-again = 確認できる範囲で取り消し済み。後でもう一度確認します
event-obeyed = 決定どおりに続行
event-undo-sending = 取り消しを送信
event-stop-requested = 停止を要求
event-retry-requested = 再開
