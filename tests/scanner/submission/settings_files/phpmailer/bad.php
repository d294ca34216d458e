<?php
$mail = new PHPMailer(true);
$mail->isSMTP();
$mail->Host       = 'smtp.office365.com';
$mail->SMTPAuth   = true;
$mail->Username   = 'app@contoso.com';
$mail->Password   = 'Planted-5ecret';
$mail->SMTPSecure = PHPMailer::ENCRYPTION_SMTPS;
$mail->Port       = 465;
$mail->SMTPOptions = array('ssl' => array('verify_peer' => false, 'verify_peer_name' => false, 'allow_self_signed' => true));
$mail->setFrom('noreply@contoso.com', 'App');
$mail->addAddress('someone@fabrikam.com');
$mail->send();
