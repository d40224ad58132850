#!/usr/bin/perl
# Asks the agent on this machine by Perl's Net::SNMP, in each version and security level, and prints what came.
use strict;
use warnings;
use Net::SNMP qw(OCTET_STRING);

my ($name, $location, $contact, $descr) = map { "1.3.6.1.2.1.1.$_.0" } (5, 6, 4, 1);
my @principals = (
    ['v1',             -version => 'snmpv1',  -community => 'private'],
    ['v2c',            -version => 'snmpv2c', -community => 'private'],
    ['noAuthNoPriv',   -version => 'snmpv3',  -username  => 'plain'],
    ['MD5/DES',        -version => 'snmpv3', -username => 'md5des', -authprotocol => 'md5', -authpassword => 'authpassphrase',
                       -privprotocol => 'des', -privpassword => 'privpassphrase'],
    ['SHA/AES',        -version => 'snmpv3', -username => 'shaaes', -authprotocol => 'sha', -authpassword => 'authpassphrase',
                       -privprotocol => 'aes', -privpassword => 'privpassphrase'],
    ['wrong password', -version => 'snmpv3', -username => 'shaaes', -authprotocol => 'sha', -authpassword => 'wrongpassphrase',
                       -privprotocol => 'aes', -privpassword => 'privpassphrase'],
);

sub show {
    my ($verb, $session, $answer) = @_;
    print "  $verb: ", (defined $answer ? 'ok' : $session->error()), ' ', $session->error_status(), ' ',
        $session->error_index(), "\n";
    if (defined $answer) {
        my $types = $session->var_bind_types();
        print "    $_ = $types->{$_} $answer->{$_}\n" for sort keys %$answer;
    }
    return;
}

for my $principal (@principals) {
    my ($title, @credentials) = @$principal;
    print "$title\n";
    my ($session, $problem) = Net::SNMP->session(-hostname => '127.0.0.1', -timeout => 20, -retries => 0,
        -translate => ['-timeticks' => 0], @credentials);
    if (!defined $session) { print "  $problem\n"; next; }
    show('get', $session, $session->get_request(-varbindlist => [$name, $location]));
    next if $title eq 'wrong password';
    show('get of nothing', $session, $session->get_request(-varbindlist => ['1.3.6.1.9.9']));
    show('next', $session, $session->get_next_request(-varbindlist => ['1.3.6.1.2.1.1.4']));
    show('bulk', $session, $session->get_bulk_request(-nonrepeaters => 1, -maxrepetitions => 4,
        -varbindlist => ['1.3.6.1.2.1.1.4', '1.3.6.1.2.1.2.2.1.2'])) if $title ne 'v1';
    show('table', $session, $session->get_table(-baseoid => '1.3.6.1.2.1.2.2.1.3'));
    show('set', $session, $session->set_request(-varbindlist => [$contact, OCTET_STRING, "by $title"]));
    show('set of what cannot be', $session, $session->set_request(
        -varbindlist => [$contact, OCTET_STRING, 'undone', $descr, OCTET_STRING, 'x']));
    show('get', $session, $session->get_request(-varbindlist => [$contact]));
    $session->close();
}
