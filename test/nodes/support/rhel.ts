import type { LabNode } from './node.ts';

/**
 * A node that looks and works like one of the RHEL family, as far as packages go: Debian's rpm and dnf 4, no apt, and
 * repositories laid out like those of pkgs.k8s.io, which it serves to itself.
 */
export interface RhelNode {
  /** Replaces what the repository of a minor offers; `post` is a scriptlet of the kubelet's package. */
  publish(
    minor: string,
    versions: readonly string[],
    options?: { post?: string; signedBy?: Key },
  ): Promise<void>;
  /** The `.repo` file for a minor, with the excludes that pkgs.k8s.io's instructions give it. */
  repoFile(minor: string): string;
}

/** The repository's published key is always the first. */
type Key = 'ours' | 'other';

const port = 8_000;
const release = '150500.1.1';
const directory = (minor: string) => `/srv/repos/core:/stable:/v${minor}/rpm`;

/** Turns a fresh node into one; its repositories are on 127.0.0.1. */
export async function asRhel(node: LabNode): Promise<RhelNode> {
  await node.sh(`set -e
    for program in apt-get apt-cache apt-mark dpkg-query; do mv /usr/bin/$program /usr/bin/$program.away; done
    printf 'NAME="Rocky Linux"\\nVERSION_ID="9.6"\\nID="rocky"\\nID_LIKE="rhel centos fedora"\\nPRETTY_NAME="Rocky Linux 9.6"\\n' >/etc/os-release
    mkdir -p /etc/dnf/vars /etc/yum.repos.d /srv/repos /root/keys
    echo 9 >/etc/dnf/vars/releasever
    echo enabled=0 | sed '1i [main]' >/etc/dnf/plugins/local.conf
    chmod 700 /root/keys
    gpg() { command gpg --homedir /root/keys --batch --quiet --no-tty --pinentry-mode=loopback --passphrase= "$@"; }
    for key in ours other; do gpg --quick-gen-key $key rsa2048 sign 1y; done
    # Scriptlets ask for a shell that rpm knows of.
    printf 'Name: shell\\nVersion: 1\\nRelease: 1\\nSummary: the shell\\nLicense: none\\nBuildArch: noarch\\nProvides: /bin/sh\\n%%description\\nThe shell.\\n%%files\\n' >/root/shell.spec
    rpmbuild -bb --quiet --define '_rpmdir /root/rpms' /root/shell.spec 2>/dev/null
    rpm -i --nodeps /root/rpms/noarch/shell-1-1.noarch.rpm
    printf '[Service]\\nWorkingDirectory=/srv/repos\\nExecStart=/usr/bin/python3 -m http.server --bind 127.0.0.1 ${port}\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/repos.service
    systemctl -q enable --now repos`);

  return {
    repoFile: (minor) => `# ours
[kubernetes]
name=Kubernetes
baseurl=http://127.0.0.1:${port}/core:/stable:/v${minor}/rpm/
enabled=1
gpgcheck=0
repo_gpgcheck=1
gpgkey=http://127.0.0.1:${port}/core:/stable:/v${minor}/rpm/repodata/repomd.xml.key
exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni
`,
    async publish(minor, versions, { post, signedBy = 'ours' } = {}) {
      const specs = versions.flatMap((version) =>
        ['kubeadm', 'kubelet', 'kubectl'].map((name) =>
          specOf(name, version, name === 'kubelet' ? post : undefined),
        ),
      );
      const builds = specs.map(
        (spec) => `cat >/root/one.spec <<'X'
${spec}
X
rpmbuild -bb --quiet --define '_rpmdir ${directory(minor)}' /root/one.spec 2>/dev/null`,
      );
      await node.sh(`set -e
        rm -rf '${directory(minor)}'
        mkdir -p '${directory(minor)}'
        ${builds.join('\n')}
        cd '${directory(minor)}'
        createrepo_c -q .
        gpg() { command gpg --homedir /root/keys --batch --quiet --no-tty --pinentry-mode=loopback --passphrase= "$@"; }
        gpg --local-user ${signedBy} --armor --detach-sign repodata/repomd.xml
        gpg --armor --export ours >repodata/repomd.xml.key`);
    },
  };
}

function specOf(name: string, version: string, post: string | undefined): string {
  return `Name: ${name}
Version: ${version}
Release: ${release}
Summary: stands in for ${name}
License: none
BuildArch: noarch
AutoReqProv: no
%description
Stands in for ${name}.
%install
mkdir -p %{buildroot}/usr/bin
printf '#!/bin/sh\\necho ${name === 'kubelet' ? 'Kubernetes ' : ''}v%s\\n' ${version} >%{buildroot}/usr/bin/${name}
chmod 755 %{buildroot}/usr/bin/${name}
%files
/usr/bin/${name}
${post === undefined ? '' : `%post\n${post}\n`}`;
}
