//! What `--help` and `--version` say.

/// The options, in our own words: GNU's, then ours. `%s` stands for how the program was called.
pub const HELP: &str = "\
Usage: %s [OPTION]... [FILE]...
Lists FILEs, and what is in those that are directories (default: the current
one), as GNU ls does.

Which entries
  -a, --all                  hidden ones too, . and .. among them
  -A, --almost-all           hidden ones, without . and ..
  -B, --ignore-backups       none that end in ~
  -d, --directory            directories themselves, not what is in them
      --hide=PATTERN         none that match PATTERN, unless -a or -A is given
  -I, --ignore=PATTERN       none that match PATTERN
  -R, --recursive            what is in directories below, too

Which file a link stands for
  -H, --dereference-command-line
                             follow links named on the command line
      --dereference-command-line-symlink-to-dir
                             follow those of them that lead to directories
  -L, --dereference          follow all links

In which order
  -f                         -aU
      --group-directories-first
                             directories before files, unless unsorted
  -r, --reverse              the other way round
  -S                         by size, the largest first
      --sort=WORD            by WORD: name, none -U, size -S, time -t, version
                             -v, extension -X, width
  -t                         by time, the newest first
  -U                         in directory order: printed while it is read
  -v                         by the version numbers in names
  -X                         by extension

How they are laid out
  -1                         one a line
  -C                         in columns, sorted downwards (default on a
                             terminal)
      --format=WORD          across -x, commas -m, horizontal -x, long -l,
                             single-column -1, verbose -l, vertical -C
  -m                         with commas between
  -T, --tabsize=COLUMNS      tab stops at every COLUMNS (default: 8); 0 for no
                             tabs
  -w, --width=COLUMNS        lines of COLUMNS; 0 for no limit
  -x                         in columns, sorted across
      --zero                 end lines with NUL; names as they are

What is shown of each
      --author               with -l, the author
      --block-size=SIZE      sizes in units of SIZE, see below
  -c                         the time of the last change of the inode: shown
                             with -l, sorted by without it or with -t
      --full-time            -l --time-style=full-iso
  -g                         -l without the owner
  -G, --no-group             no group in a long listing
  -h, --human-readable       sizes as 1K, 234M, 2G
  -i, --inode                the inode number
  -k, --kibibytes            disk usage in KiB, whatever the environment says
  -l                         kind, permissions, links, owner, group, size, time
  -n, --numeric-uid-gid      -l with numbers for owner and group
  -o                         -l without the group
  -s, --size                 disk usage
      --si                   sizes as -h, in powers of 1000
      --time=WORD            which time: atime, access, use (-u); ctime, status
                             (-c); mtime, modification; birth, creation
      --time-style=STYLE     how times look: full-iso, long-iso, iso, locale, or
                             +FORMAT, see below
  -u                         the time of the last access, as -c
  -Z, --context              the security context

How names are shown
  -b, --escape               C escapes for what is not graphic
      --color[=WHEN]         in the colors of LS_COLORS
  -D, --dired                -l, and tell Emacs where names are
  -F, --classify[=WHEN]      with a sign of their kind behind them: one of
                             */=>@|
      --file-type            the same without *
      --hyperlink[=WHEN]     as links for the terminal
      --indicator-style=WORD with signs: none, slash (-p), file-type, classify
                             (-F)
  -N, --literal              as they are
  -p                         with / behind directories
  -q, --hide-control-chars   with ? for what is not graphic (default on a
                             terminal)
      --show-control-chars   with what is not graphic as it is
  -Q, --quote-name           in double quotes
      --quoting-style=WORD   literal, shell, shell-always, shell-escape,
                             shell-escape-always, c, escape, locale, clocale
                             (default: the environment variable QUOTING_STYLE;
                             on a terminal, shell-escape)

Beyond GNU ls (to be written in full)
      --compare              do not list: time every strategy that can deliver
                             this listing, fastest first
      --json                 one object a line for each entry
      --no-acl               with -l, do not ask for ACLs and security contexts:
                             one call less an entry
      --stats                at the end, on standard error: entries, time by
                             phase, system calls
      --strategy=NAME        read directories with this strategy (see `fsbench
                             strategies`); with -l, --no-acl too
      --threads=N            use at most N threads (default: as many as there
                             are cores, where the work is worth it)

      --help                 this text
      --version              the version

SIZE is a number, a unit, or both: K, M, G, T, P, E, Z, Y for powers of 1024
(also KiB and so on), KB, MB for powers of 1000. FORMAT is date(1)'s; with a
line break in it, the first line is for times older than six months, the second
for others. posix- before a STYLE takes effect outside the POSIX locale only.
The environment variable TIME_STYLE sets the default. WHEN is always (also when
left out), never, or auto: only on a terminal.

Exit status: 0 if all is well, 1 if an entry could not be had, 2 if something
named on the command line could not.
";
