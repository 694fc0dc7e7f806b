# 状態、数、日時。

# 日時: $month は月の番号。
moment = { $year }年{ $month }月{ $day }日 { $time } UTC
ago-now = たった今
ago-minutes = { $count } 分前
ago-hours = { $count } 時間前
ago-days = { $count } 日前
money = { $sign }{ $currency } { $amount }
customers-count = 顧客 { $count } 件

unknown = 不明
not-read = 未取得
none = なし
trend-micro-default = Trend Micro の既定
version-trial = 体験版
version-full = 製品版

back = 戻る
save = 保存
next = 次へ
next-arrow = 次へ →
search = 検索
customer = 顧客
reference = 参照コード
account = アカウント
seats = シート数
state = 状態
template = テンプレート
undo = このインポートを取り消す
# 顧客名の後: アカウント名が異なる場合。
account-called = アカウント <bdi>{ $name }</bdi>
by-whom = 実行者: <bdi>{ $name }</bdi>

item-queued = 順番を待っています
item-creating-account = アカウントを作成中
item-creating-subscription = サービスプランを割り当て中
item-waiting-for-product = Worry-Free Services の準備を待っています
item-setting-notifications = 通知を設定中
item-applying-template = テンプレートを適用中
item-checking = Trend Micro に確認中
item-waiting = 再試行します
item-needs-credentials = 認証情報を待っています
item-imported = インポート済み
item-imported-with-warning = 警告付きでインポート済み
item-no-licenses = 未インポート: ライセンス不足
item-refused = 失敗
item-needs-person = 判断が必要
item-not-started = 未開始

import-draft = 準備中
import-integrating = 統合中
import-stopped = 停止
import-completed = 完了
import-completed-with-problems = 問題ありで完了

run-queued = まもなく開始
run-running = 実行中
run-waiting = 停滞中
run-stopping = 停止処理中: 進行中の顧客を完了しています
run-stopped = 停止
run-finished = 終了
run-finished-with-problems = 問題ありで終了
