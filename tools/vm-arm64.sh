#!/bin/sh
# Runs a shell script in a virtual machine for linux/arm64: a real kernel on an emulated processor.
# Usage: vm-arm64.sh [-p 4k|16k|64k] [-t SECONDS] SCRIPT FILE...
#
# -p is the page of the kernel, 4k without it; VM_KERNEL names another kernel's file. The script
# runs in the folder with the files, as root, with the tools of busybox. What it writes comes here,
# and its status is this one's. A machine that has not ended after so many seconds, 300 without -t,
# is started again once: an emulator can hang. Status 125: it did not end then either.
# Needs what setup-arm64.sh --install vm installs; -p 64k also what kernel-arm64.sh makes.
set -eu

page=4k seconds=300
while getopts p:t: option; do
    case $option in
    p) page=$OPTARG ;;
    t) seconds=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { echo "usage: vm-arm64.sh [-p 4k|16k|64k] [-t SECONDS] SCRIPT FILE..." >&2; exit 2; }
script=$1
shift

vm=$(cd "$(dirname "$0")/.." && pwd)/target/setup-arm64/vm
kernel=${VM_KERNEL:-$vm/linux-$page}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/bin" "$root/dev" "$root/lib" "$root/proc" "$root/sys" "$root/tmp" "$root/work"
cp "$vm/busybox" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
printf '#!/bin/sh\nexec sh "$@"\n' >"$root/bin/bash"
# What programs that are not static are linked to.
for library in ld-linux-aarch64.so.1 libc.so.6 libgcc_s.so.1 libm.so.6 libpthread.so.0; do
    cp -L "/usr/aarch64-linux-gnu/lib/$library" "$root/lib/"
done
for file; do
    cp -RL "$file" "$root/work/"
done
cp "$script" "$root/script"
cat >"$root/init" <<'END'
#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t cgroup2 cgroup /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p /dev/shm
mount -t tmpfs shm /dev/shm
export PATH=/bin HOME=/tmp
cd /work
sh /script </dev/null 2>&1
echo "vm: status $?"
poweroff -f
END
chmod +x "$root/init" "$root/bin/bash"
(cd "$root" && find . | qemu-aarch64 bin/busybox cpio -o -H newc >"$work/initrd" 2>"$work/packed") ||
    { cat "$work/packed" >&2; exit 1; }
rm -rf "$root"

for _ in 1 2; do
    # Two processors, so that threads run at once; one with pages of 16 KiB, too.
    timeout "$seconds" qemu-system-aarch64 -M virt -cpu cortex-a76 -accel tcg,thread=multi -smp 2 \
        -m 2048 -nographic -no-reboot -nic none -kernel "$kernel" -initrd "$work/initrd" \
        -append "console=ttyAMA0 quiet loglevel=0 panic=-1" </dev/null >"$work/console" 2>&1 || true
    tr -d '\r' <"$work/console" >"$work/said"
    status=$(sed -n 's/^vm: status \([0-9]*\)$/\1/p' "$work/said" | tail -n 1)
    if [ -n "$status" ]; then
        sed '/^vm: status [0-9]*$/,$d' "$work/said"
        exit "$status"
    fi
done
cat "$work/said"
echo "vm-arm64.sh: the machine did not end within $seconds seconds, twice" >&2
exit 125
