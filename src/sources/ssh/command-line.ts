// argv to one line for the login shell on the node: sshd always puts one in between.

export const quoteWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

// A login that is not root's often lacks the sbin folders. This form of it reads the same in sh, bash, zsh, fish and csh.
const environment = `env LC_ALL=C "PATH=$PATH"':/usr/local/sbin:/usr/sbin:/sbin'`;

export function commandLine(argv: readonly string[], { sudo }: { readonly sudo: boolean }): string {
  return [environment, ...(sudo ? ['sudo -n --'] : []), ...argv.map(quoteWord)].join(' ');
}
