// `completion SHELL`: a script that asks the program itself (`__complete`) for candidates. kubectl's own completion
// needs none of this: it finds kubectl_complete-proxyrules on the PATH.
import type { Io } from './io.ts';

export function runCompletion(io: Io, shell: string): number {
  io.stdout(scripts[shell] ?? '');
  return 0;
}

const bash = `# bash completion for kubectl-proxyrules: source <(kubectl-proxyrules completion bash)
_kubectl_proxyrules() {
  local line directive candidates=()
  while IFS= read -r line; do
    case "$line" in
      :*) directive="\${line#:}" ;;
      *) candidates+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(kubectl-proxyrules __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=("\${candidates[@]}")
  if [ "\${#candidates[@]}" -eq 0 ] && [ "$directive" = 0 ]; then
    mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
  fi
}
complete -o nosort -F _kubectl_proxyrules kubectl-proxyrules
`;

const zsh = `#compdef kubectl-proxyrules
# zsh completion for kubectl-proxyrules: source <(kubectl-proxyrules completion zsh)
_kubectl_proxyrules() {
  local line directive
  local -a candidates
  while IFS= read -r line; do
    if [[ "$line" == :* ]]; then
      directive="\${line#:}"
    else
      candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done < <(kubectl-proxyrules __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then
    _describe 'proxyrules' candidates -V unsorted
  elif [[ "$directive" == 0 ]]; then
    _files
  fi
}
compdef _kubectl_proxyrules kubectl-proxyrules
`;

const fish = `# fish completion for kubectl-proxyrules: kubectl-proxyrules completion fish | source
function __kubectl_proxyrules
  set -l words (commandline -opc) (commandline -ct)
  kubectl-proxyrules __complete $words[2..-1] 2>/dev/null | string match -v -r '^:[0-9]+$'
end
complete -c kubectl-proxyrules -a '(__kubectl_proxyrules)'
`;

const powershell = `# PowerShell completion for kubectl-proxyrules: kubectl-proxyrules completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName kubectl-proxyrules -ScriptBlock {
  param($word, $ast, $position)
  $words = @($ast.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($word -eq '') { $words += '' }
  kubectl-proxyrules __complete @words 2>$null | Where-Object { $_ -notmatch '^:[0-9]+$' } | ForEach-Object {
    $text, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $text }
    [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $description)
  }
}
`;

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish, powershell };
