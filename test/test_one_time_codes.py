"""One-time codes: the code is found in messages as services really send them, in many languages and scripts."""

from __future__ import annotations

import time

import pytest

from smscx_client._one_time_codes import find_code

TEXTS = [
    # Latin script
    ("G-482913 is your Google verification code.", "482913"),
    ("FB-48291 is your Facebook confirmation code", "48291"),
    ("Your WhatsApp code: 482-913\n\nYou can also tap on this link to verify: v.whatsapp.com/482913", "482913"),
    ("<#> Your WhatsApp code: 482-913 Don't share this code with others 4sgLq1p5sV6", "482913"),
    ("482913 is your Amazon OTP. Do not share it with anyone.", "482913"),
    ("Your Uber code is 4829. Reply STOP ALL to 89203 to unsubscribe. 7mQ3xLk9RbZ", "4829"),
    ("[Microsoft] Use 4829137 as Microsoft account security code", "4829137"),
    ("Your Apple ID Code is: 482913. Don't share it with anyone.\n@apple.com #482913 %apple.com", "482913"),
    ("Telegram code: 48291\n\nYou can also tap on this link to log in:\nhttps://t.me/login/48291", "48291"),
    ("Your Steam Guard verification code is R2D5X", "R2D5X"),
    ("7F3K9Q is your Example Bank security code", "7F3K9Q"),
    ("Your PayPal code is 482 913. It expires in 10 minutes. Call +1 888 221 1161 if you did not ask.", "482913"),
    ("Chase: DON'T share. Use code 48291357. We'll NEVER call you to ask for it. Call 1-800-935-9935.", "48291357"),
    ("Your OTP for txn of INR 15,000.00 at AMAZON on card XX1234 is 482913. Valid for 5 mins.", "482913"),
    ("OTP is 482913 for your purchase of Rs.2500 at 14:05 on 12/03/2024. Not you? Call 18002586161", "482913"),
    ("Use 482913 to approve $1,299.00 at Example Store with card ending 4417.", "482913"),
    ("Card ending 1234: your one-time passcode is 482913", "482913"),
    ("Order 48213 is ready. PIN: 9921", "9921"),
    ("Ref no: 20394857, OTP is 482913 and is valid till 18:30", "482913"),
    ("Your code is 4829. Happy 2024!", "4829"),
    ("2024 summer sale is near! Log in with 482913", "482913"),
    ("In 2024 we never ask for it. Code 4829", "4829"),
    ("Your login code: 12 34 56 (valid 15 minutes)", "123456"),
    ("Your code is 4 8 2 9 1 3", "482913"),
    ("4829-1357 is your Zoom code", "48291357"),
    ("Discord: 482913\nLearn how to secure your account: dis.gd/2fa", "482913"),
    ("Snapchat Code: 482913. Happy Snapping! 2xTq8wRn4Lz", "482913"),
    ("*482913* is your code", "482913"),
    ("Enter the code (482913) within 3600 seconds", "482913"),
    ("Your code is 4829, 1440 minutes left", "4829"),
    ("Ihre TAN für die Überweisung von 1.250,00 EUR an DE89370400440532013000: 482913", "482913"),
    ("Ihr Bestätigungscode lautet 482913. Er ist 10 Minuten gültig. Stand: 12.03.2024, 14:05 Uhr", "482913"),
    ("Votre code de validation est 482913. Achat de 49,90 € chez SNCF le 12/03/2024 à 09h30.", "482913"),
    ("Ne partagez jamais ce code : 4829. Valable 15 min. Service client : 09 69 39 12 34", "4829"),
    ("Tu código de verificación es 482913. Caduca en 10 minutos.", "482913"),
    ("482913 es tu código de Instagram. No lo compartas.", "482913"),
    ("O seu código é 4829. Compra de R$ 1.500,00 no cartão final 7788.", "4829"),
    ("Il tuo codice è 482913, valido fino alle 14:35. Importo 150 €", "482913"),
    ("Uw verificatiecode is 482913. Bel 0900-0024 bij vragen.", "482913"),
    ("Din kod är 482913. Giltig i 5 minuter. Belopp 1500 kr", "482913"),
    ("Twój kod to 482913. Kwota: 1 500,00 zł. Nie podawaj nikomu.", "482913"),
    ("Váš ověřovací kód je 482913. Částka 2 400 Kč", "482913"),
    ("Az Ön kódja: 482913. Összeg: 15 000 Ft", "482913"),
    ("Codul tău este 482913. Suma 250 lei, data 12.03.2024", "482913"),
    ("Kod: 482913.Kimseyle paylaşmayın. Tutar 1.250,50 TL B002", "482913"),
    ("Doğrulama kodunuz 482913,10 dakika geçerlidir", "482913"),
    ("Mã OTP của bạn là 482913, có hiệu lực trong 5 phút. Hotline 19001234", "482913"),
    ("Kode verifikasi Anda 4829. JANGAN BERIKAN ke siapa pun. Rp150.000", "4829"),
    ("Jūsų kodas: 482913", "482913"),
    ("Vahvistuskoodisi on 482913", "482913"),
    ("Nambari yako ya siri ni 482913. KES 1,500", "482913"),
    # Cyrillic, Greek, Armenian, Georgian
    ("Код: 482913. Никому не сообщайте его. Сбербанк 900", "482913"),
    ("Списание 1500 руб. с карты *1234. Код подтверждения 4829", "4829"),
    ("Ваш код 482-913, действует 10 минут. Тел. 8 800 555-35-50", "482913"),
    ("Ваш код підтвердження 482913. Сума 1 500 грн", "482913"),
    ("Сіздің кодыңыз: 482913. 150 000 тг", "482913"),
    ("Вашият код е 482913 за плащане от 120,50 лв.", "482913"),
    ("Ο κωδικός σας είναι 482913. Ποσό 49,90€", "482913"),
    ("Ձեր կոդը՝ 482913", "482913"),
    ("თქვენი კოდია 482913", "482913"),
    # Arabic, Persian, Hebrew, Urdu
    ("رمز التحقق الخاص بك هو ٤٨٢٩١٣ صالح لمدة ١٠ دقائق", "482913"),
    ("كود التفعيل: 4829 لا تشاركه مع أحد. للاستفسار 920001234", "4829"),
    ("کد تایید شما: ۴۸۲۹۱۳\nاعتبار تا ۱۴:۳۵", "482913"),
    ("رمز پویا: ۴۸۲۹۱۳۵\nمبلغ: ۱,۵۰۰,۰۰۰ ریال\nکارت: ۶۰۳۷*۱۲۳۴", "4829135"),
    ("\u200fקוד האימות שלך הוא \u200e482913\u200f. סכום 150 ₪", "482913"),
    ("آپ کا کوڈ ۴۸۲۹ ہے", "4829"),
    # South and South-East Asia
    ("आपका ओटीपी ४८२९१३ है। ₹2,500 का भुगतान", "482913"),
    ("আপনার কোড ৪৮২৯১৩। মেয়াদ ৫ মিনিট", "482913"),
    ("உங்கள் குறியீடு 482913. 10 நிமிடங்கள்", "482913"),
    ("รหัส OTP ของคุณคือ 482913 (Ref: KXQP) ใช้ได้ 5 นาที จำนวน 1,500 บาท", "482913"),
    ("သင့်ကုဒ်မှာ ၄၈၂၉၁၃ ဖြစ်သည်", "482913"),
    # East Asia
    ("【淘宝】验证码482913,5分钟内有效，请勿泄露。客服95188", "482913"),
    ("【招商银行】您尾号1234的卡消费人民币500.00元，验证码：482913", "482913"),
    ("【微信】2024年3月12日登录，验证码４８２９１３。详情https://weixin.qq.com/a1b2c3，勿告诉他人", "482913"),
    ("您的驗證碼是 482913，10分鐘內有效。", "482913"),
    ("認証コード：4829\n有効期限は10分です。料金1,500円", "4829"),
    ("[네이버] 인증번호 [482913]를 입력해주세요.", "482913"),
    ("[Web발신]\n본인확인 인증번호(482913) 결제금액 15,000원", "482913"),
    # Formats of standards
    ("Your code is below.\n@example.com #482913", "482913"),
    ("https://example.com/otp/999999 Your token\n\n@example.com #A7-XK", "A7-XK"),
    ("Your code: \u2068482\u2011913\u2069", "482913"),
]
WITHOUT_CODE = [
    "",
    "Hello! How are you?",
    "Your parcel arrives on 12.03.2024 between 14:05 and 16:30.",
    "You spent $1,299.00 with card **** 4417. Balance: 15000.50 EUR",
    "Call us: +33 1 23 45 67 89 or 0800 123 4567",
    "Verify your account: https://example.com/v/482913?code=77889900",
    "Save 50% until 31/12/2024, valid for 10 minutes only",
    "Sie haben 3 neue Nachrichten und 12 Anrufe",
    "Vous avez reçu 150 000 € sur votre compte FR7630006000011234567890189",
    "Votre colis 6A12345678901 est en route",
    "Take 2 COVID19 tests before Windows11 starts",
    "Списано 1 500 руб. Карта *1234. Баланс 25000,50 руб",
    "مبلغ ۱٬۵۰۰٬۰۰۰ ریال",
    "Mail info2024@example.com or see www.example.com/482913",
    "Thank you for shopping in 2024",
]


@pytest.mark.parametrize(("text", "code"), TEXTS)
def test_the_code_is_found_in_real_messages(text: str, code: str) -> None:
    assert find_code(text) == code


@pytest.mark.parametrize("text", WITHOUT_CODE)
def test_a_message_without_a_code_has_none(text: str) -> None:
    assert find_code(text) is None


@pytest.mark.parametrize("unit", ["1,111", "111 ", "1111-", "1.", "a.", "x*", "Rs 1", "@a.", "(1)"])
def test_a_hostile_message_takes_little_time(unit: str) -> None:
    started = time.process_time()
    find_code(unit * 20_000)
    assert time.process_time() - started < 1
