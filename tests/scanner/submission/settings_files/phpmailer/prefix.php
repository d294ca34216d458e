<?php
$mail->Host = 'ssl://smtp.office365.com:465';
$mail->SMTPAuth = true;
$mail->Username = 'app@contoso.com';
$mail->Password = 'Planted-5ecret';
