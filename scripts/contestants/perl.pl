# Ways of listing in Perl, as workers of `fsbench compare --languages`.
#
# It speaks fsbench's worker protocol (src/measure/protocol.rs): one JSON object a line. Names are bytes here, whatever they
# are. Its stat tells no nanoseconds, so metadata can't be asked of it; its times(2) tells user and system time in ticks
# of 10 ms.
use strict;
use warnings;
use Digest::SHA qw(sha256);
use Fcntl ':mode';
use File::Find ();
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);

$| = 1;
my @LETTERS = split //, '?fdlpsbc';
my ($entries, $name_bytes, @kinds, $errors, $sum, @first, $hash);

sub reset_sink { ($entries, $name_bytes, $errors, $sum) = (0, 0, 0, 0); @kinds = (0) x 8; @first = (); }

sub entry {
    my ($below, $name, $kind) = @_;
    $entries++;
    $name_bytes += length $name;
    $kinds[$kind]++ if defined $kind;
    if ($hash) {
        my $fields = length $below ? "$below/$name" : $name;
        $fields .= "\0$LETTERS[$kind]" if defined $kind;
        # Wraps around, as 64-bit sums do in C.
        use integer;
        $sum += unpack 'q>', substr(sha256($fields), 0, 8);
    }
}

sub failed { $errors++; push @first, "$_[0]" if @first < 8; }

# Of the last file that lstat or -l looked at.
sub kind_of_last { -f _ ? 1 : -d _ ? 2 : -p _ ? 4 : -S _ ? 5 : -b _ ? 6 : -c _ ? 7 : 0 }

# --- one directory; each returns the names of those to go into

sub read_names {
    my ($path, $below) = @_;
    opendir my $dir, $path or die "opendir $path: $!\n";
    while (defined(my $name = readdir $dir)) {
        entry($below, $name) unless $name eq '.' || $name eq '..';
    }
    return;
}

# The naive loop: -d is a stat, and -f another; links are followed.
sub read_d_f {
    my ($path, $below) = @_;
    my @dirs;
    opendir my $dir, $path or die "opendir $path: $!\n";
    while (defined(my $name = readdir $dir)) {
        next if $name eq '.' || $name eq '..';
        my $full = "$path/$name";
        if (-d $full) { entry($below, $name, 2); push @dirs, $name unless -l $full; }
        elsif (-f $full) { entry($below, $name, 1) }
        else { entry($below, $name, 0) }
    }
    return @dirs;
}

sub read_lstat {
    my ($path, $below) = @_;
    my @dirs;
    opendir my $dir, $path or die "opendir $path: $!\n";
    while (defined(my $name = readdir $dir)) {
        next if $name eq '.' || $name eq '..';
        unless (lstat "$path/$name") { failed("lstat $path/$name: $!"); next; }
        my $kind = -l _ ? 3 : kind_of_last();
        entry($below, $name, $kind);
        push @dirs, $name if $kind == 2;
    }
    return @dirs;
}

sub flat { my $one = shift; return sub { $one->($_[0], '') } }

sub recursive {
    my $one = shift;
    return sub {
        my $root = shift;
        my @pending = ('');
        while (@pending) {
            my $below = pop @pending;
            my @dirs = eval { $one->(length $below ? "$root/$below" : $root, $below) };
            if ($@) { die $@ unless length $below; failed($@); next; }
            push @pending, map { length $below ? "$below/$_" : $_ } @dirs;
        }
    };
}

# File::Find stats every entry before it calls us: what it found is in `_`. It warns of what it can't open.
sub file_find {
    my $root = shift;
    my $skip = length($root) + ($root =~ m{/$} ? 0 : 1);
    local $SIG{__WARN__} = sub { failed($_[0]) };
    no warnings 'File::Find';
    use warnings 'File::Find';
    File::Find::find({
        no_chdir => 1,
        wanted => sub {
            return if $_ eq $root;
            my $path = substr $_, $skip;
            my $slash = rindex $path, '/';
            lstat $File::Find::name;
            entry($slash < 0 ? '' : substr($path, 0, $slash), substr($path, $slash + 1), -l _ ? 3 : kind_of_last());
        },
    }, $root);
}

my %STRATEGIES = (
    'perl/readdir' => flat(\&read_names),
    'perl/readdir+d+f' => flat(\&read_d_f),
    'perl/readdir+lstat' => flat(\&read_lstat),
    'perl/walk:readdir+d+f' => recursive(\&read_d_f),
    'perl/walk:readdir+lstat' => recursive(\&read_lstat),
    'perl/File::Find' => \&file_find,
);

sub tally {
    my @counts = map { 0 + $_ } @kinds;
    return { entries => $entries, name_bytes => $name_bytes, kinds => \@counts, size_bytes => 0, errors => $errors };
}

sub peak_bytes {
    open my $status, '<', '/proc/self/status' or return undef;
    while (<$status>) { return $1 * 1024 if /^VmHWM:\s*(\d+)/ }
    return undef;
}

my ($run, $root);
my $json = JSON::PP->new->utf8->allow_nonref->canonical;

sub answer {
    my $request = shift;
    if (ref $request && $request->{open}) {
        my $open = $request->{open};
        $run = $STRATEGIES{$open->{strategy}};
        return { unsupported => "this worker has no strategy '$open->{strategy}'" } unless $run;
        return { unsupported => "Perl's stat tells no nanoseconds" } if $open->{want} eq 'metadata';
        $root = $open->{root};
        if (ref $root) { $root = pack 'H*', $root->{hex} } else { utf8::encode($root) }
        return { opened => { worker => "Perl $^V" } };
    }
    return { failed => 'nothing is open' } unless $run;
    if (!ref $request && $request eq 'count') {
        $hash = 0;
        reset_sink();
        my $mark = getppid; # what is watched begins and ends with it
        $run->($root);
        $mark = getppid;
        return { counted => tally() };
    }
    if (!ref $request) {
        $hash = 1;
        reset_sink();
        $run->($root);
        my @errors = map { s/[^\x20-\x7e]/?/gr } @first;
        return { verified => { tally => tally(), digest => sprintf('%016x', $sum), errors => \@errors } };
    }
    $hash = 0;
    if (open my $clear, '>', '/proc/self/clear_refs') { print $clear '5' }
    my ($user, $system) = times;
    my $start = clock_gettime(CLOCK_MONOTONIC);
    for (1 .. $request->{sample}{iterations}) {
        reset_sink();
        $run->($root);
    }
    my $wall = clock_gettime(CLOCK_MONOTONIC) - $start;
    my ($user_after, $system_after) = times;
    return { sampled => {
        wall_ns => int($wall * 1e9), user_ns => int(($user_after - $user) * 1e9),
        sys_ns => int(($system_after - $system) * 1e9), peak_bytes => peak_bytes(), tally => tally(),
    } };
}

chdir '/';
while (my $line = <STDIN>) {
    my $request = $json->decode($line);
    my $answer = eval { answer($request) } // { failed => ($@ =~ s/[^\x20-\x7e]+/ /gr) };
    print $json->encode($answer), "\n";
}
