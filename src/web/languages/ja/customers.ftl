# アカウントのある顧客とない顧客、インポートの一覧。

customers-purpose = Trend Micro アカウントがない Kaseya の顧客です。選択してインポートしてください。計画を確認するまで Trend Micro には何も送信されません。
customers-not-linked = Trend Micro 未登録の顧客
customers-linked = Trend Micro 登録済みの顧客
customers-import = Trend Micro にインポート
customers-tick-one = 顧客を 1 件以上選択してから「Trend Micro にインポート」を押してください。
customers-search = 顧客を検索
customers-search-by = 名前、参照コード、メール
customers-same-name = 同名のアカウントがあるもの
customers-show-own = VSA 自身の組織を表示 ({ $count })
customers-match = { $count } 件の顧客が一致
customers-none = ここに顧客はありません。インポート済みの顧客は「Trend Micro 登録済みの顧客」にあります。新しい顧客は更新後に表示されます。
customers-none-same-name = 空いているアカウントと同名の顧客はありません。すべて表示するには「同名のアカウントがあるもの」のチェックを外してください。
customers-none-match = 「<bdi>{ $search }</bdi>」に一致する顧客はありません。別の語で検索するか、検索欄を空にしてください。
customers-select-all = 一致する { $count } 件をすべて選択
customers-select-many = 一致する { $count } 件をすべて選択 (1 回のインポートに入るのは最初の 1,000 件まで)
endpoints = エンドポイント

list-selected = 選択
list-select-page = このページの顧客をすべて選択
list-contact = 連絡先
list-best-match = 最も近いアカウント
list-in-import = 実行中のインポートに含まれています
list-vsa-own = VSA 自身
list-previous = ← 前へ
list-stays = 選択はそのまま残ります。
list-carried = ほかのページで { $count } 件を選択中

freshness-refresh = 更新
freshness-running = VSA と Trend Micro から読み取り中
freshness-progress = 進捗
freshness-done = { $done } / { $total }
freshness-so-far = これまでに { $done } 件
freshness-reload = 再読み込み
freshness-failed = 前回の更新は完了しませんでした。
freshness-read = { $ago }に取得 ({ $when })
freshness-never = 顧客とアカウントはまだ完全には読み取られていません。
freshness-incomplete = 前回の読み取りでは、すべての顧客を確認できませんでした。
freshness-hidden = { $count } 台のエンドポイントは、プラグインの VSA ユーザーに表示権限のない顧客のものです。

linked-purpose = Trend Micro アカウントのある顧客と、使用中のシート数です。
linked-search-by = 顧客またはアカウント
linked-drifting = シートの不足または余剰があるもののみ
linked-none = Trend Micro アカウントのある顧客はまだいません。<a href="{ $base }/customers">Trend Micro 未登録の顧客</a>で選択してインポートしてください。
linked-none-match = 「<bdi>{ $search }</bdi>」に一致する顧客はありません。
linked-none-drifts = 対応は不要です。シートが不足している顧客も、半分を超えて余っている顧客もいません。
linked-no-match-drifts = 対応は不要です。一致する顧客に、シートが不足している顧客も、半分を超えて余っている顧客もいません。
linked-plan = サービスプラン
linked-seats = 使用中のシート
linked-imported = インポート日時
linked-of = { $seats } のうち { $endpoints }
linked-short = シート { $count } 不足
linked-idle = シート { $count } 余剰
linked-spare = { $count } 余り
linked-none-spare = 余りなし

imports-purpose = すべてのインポートを新しい順に表示します。未完了のものは、中断したところから続けられます。
imports-new = 新しいインポート
imports-none = インポートはまだありません。<a href="{ $base }/customers">顧客</a>で選択するか、ここで新しいインポートを始めてください。
imports-begun = 開始
imports-look = 計画を確認して統合
imports-older = 以前のもの →

choose-about = インポートする顧客を選択してください。まだ何も選択されておらず、最後のステップで「統合」を押すまで Trend Micro には何も送信されません。
choose-add-about = 追加する顧客を選択してください。すでにこのインポートに含まれている顧客はそのまま残ります。
choose-back = 追加せずに戻る
choose-add = 選択した顧客を追加
choose-tick-one = 顧客を 1 件以上選択してください。

start = 開始
start-purpose = Kaseya の顧客を Trend Micro アカウントに段階的に統合します。最後に「統合」を押すまで Trend Micro には何も送信されません。
start-go-on = インポートを続ける
linked-first = ← 最初のページ
