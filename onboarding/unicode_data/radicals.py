"""CJK radicals and strokes, which PDF files put in place of the characters that look the same.

Written by `python tools/unicode_tables.py`; changes made here are lost.
From `EquivalentUnifiedIdeograph.txt`, Unicode 15.0.0.
© Unicode, Inc.; the terms are in `LICENSE-UNICODE`.
"""

RADICALS = (
    "㓁:⺳ 㔾:⺋ 一:㇐ 丨:㇑ 丬:⺦ 丶:㇔ 丿:㇒㇓ 乀:㇏㇝ 乙:⺄㇠ 乚:⺃㇟ 乛:⺂㇖ 亀:⻲ 亅:㇚ 亻:⺅ 兀:⺎ 冂:⺆ 冗:⺴ "
    "刀:⺈ 刂:⺉ 卜:⺊ 卤:⻧ 厂:⺁ 小:⺌⺍ 尢:⺐ 尣:⺏ 巳:⺒ 幺:⺓ 彑:⺔ 心:⺗ 忄:⺖ 扌:⺘ 攵:⺙ 斉:⻫ 旡:⺛ 日:⺜ 月"
    ":⺝ 歯:⻭ 歺:⺞ 民:⺠ 氵:⺡ 氺:⺢ 灬:⺣ 爫:⺤⺥ 牛:⺧ 犭:⺨ 王:⺩ 目:⺫ 示:⺬ 礻:⺭ 竜:⻯ 糹:⺯ 纟:⺰ 罒:⺲ 罓:"
    "⺱ 羊:⺶ 耂:⺹ 聿:⺻ 肀:⺺ 肉:⺼ 艹:⺾⺿⻀ 虎:⻁ 衤:⻂ 西:⻄ 覀:⻃ 见:⻅ 角:⻆ 讠:⻈ 贝:⻉ 车:⻋ 辶:⻌⻍⻎ 邑:⻏"
    " 钅:⻐ 長:⻑ 镸:⻒ 长:⻓ 门:⻔ 阝:⻖ 雨:⻗ 青:⻘ 韦:⻙ 页:⻚ 风:⻛ 飞:⻜ 食:⻝ 飠:⻟ 饣:⻠ 马:⻢ 骨:⻣ 鬼:⻤ 鱼:"
    "⻥ 鸟:⻦ 麦:⻨ 黄:⻩ 黾:⻪ 齐:⻬ 齿:⻮ 龙:⻰ 龜:⻱ 𠃊:㇗ 𠃋:㇜ 𠃌:㇆ 𠃍:㇕ 𠃎:㇘ 𠃑:㇞ 𠄌:㇙ 𠄎:㇡ 𠘨:⺇ 𡯂:⺑ "
    "𡿨:㇛ 𤴔:⺪ 𥫗:⺮ 𦉫:⺵ 𦍋:⺸ 𦍌:⺷ 𦥑:⺽ 𧢲:⻇ 𧾷:⻊ 𨸏:⻕ 𩙿:⻞ 𩠐:⻡ 𫜹:⺕"
)
