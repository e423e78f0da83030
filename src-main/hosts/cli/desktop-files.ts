/** What a desktop starts for a file, and from where. */
export interface DesktopProgram {
  /** Program and arguments that stand before the file. */
  readonly command: readonly string[];
  /** Path of the picture of the program and of its files. */
  readonly icon: string;
  /** Whether it has its say in a terminal, as the lab in a browser has. */
  readonly in_terminal: boolean;
}

/** The media type of shared files. */
export const MEDIA_TYPE = 'application/vnd.memledger';

/** An argument as the Desktop Entry Specification quotes it: `%` is doubled, and what a shell would look at is escaped twice, as value and as argument. */
const quoted = (argument: string): string =>
  `"${argument
    .replaceAll('%', '%%')
    .replace(/["`$\\]/g, '\\$&')
    .replaceAll('\\', '\\\\')}"`;

/** An entry of the menus that opens shared files (Desktop Entry Specification 1.0). */
export function desktopEntry({ command, icon, in_terminal }: DesktopProgram): string {
  return `[Desktop Entry]
Type=Application
Version=1.0
Name=Memledger
GenericName=Memory accounting lab
Comment=Who pays for this page?
Exec=${command.map(quoted).join(' ')} %f
Icon=${icon.replaceAll('\\', '\\\\')}
Terminal=${in_terminal}
Categories=Development;
MimeType=${MEDIA_TYPE};
StartupWMClass=memledger
`;
}

/** What tells a shared file by its name or by its first bytes (shared-mime-info). The bytes are those of docs/sharing.md. */
export const MEDIA_TYPE_XML = `<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="${MEDIA_TYPE}">
    <comment>Memledger file</comment>
    <magic priority="60">
      <match type="string" offset="0" value="\\x89MLF\\r\\n\\x1a\\n"/>
    </magic>
    <glob pattern="*.memledger"/>
  </mime-type>
</mime-info>
`;
