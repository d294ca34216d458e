<?php
use Symfony\Component\Mailer\Transport\Smtp\EsmtpTransport;

$transport = new EsmtpTransport('smtp.office365.com', 465, true);
$transport->setUsername('app@contoso.com');
$transport->setPassword('Planted-5ecret');
