using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Faultline.Real.Lab;

/// <summary>
/// Builds the guest's first and only root filesystem: busybox, the tools that make filesystems with their libraries, the kernel's modules,
/// and an <c>/init</c> that takes commands from the host on the second serial port.
/// </summary>
internal static partial class InitramfsBuilder
{
    private const string Init = """
        #!/bin/sh
        export PATH=/bin:/sbin HOME=/tmp
        mount -t proc proc /proc
        mount -t sysfs sys /sys
        mount -t devtmpfs dev /dev
        mount -t tmpfs tmp /tmp
        mount -t debugfs debug /sys/kernel/debug
        mount -t tracefs trace /sys/kernel/tracing
        for module in $(cat /modules/order); do
            insmod /modules/$module || echo "faultline: cannot load $module"
        done
        mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 host /host || echo "faultline: cannot mount the shared folder"
        echo 0 > /proc/sys/kernel/kptr_restrict
        stty -F /dev/ttyS1 raw -echo
        sh /commands
        poweroff -f

        """;

    // Not process 1, who gets SIGCHLD of every orphan: busybox' read forgets what it has of a line when a signal comes.
    private const string Commands = """
        exec 3<>/dev/ttyS1
        echo "FAULTLINE-READY $(uname -r)" >&3
        while read -r line <&3; do
            eval "$line" >&3 2>&1 </dev/null
            status=$?
            echo >&3
            echo "FAULTLINE-STATUS $status" >&3
        done

        """;

    private static readonly string[] Applets =
    [
        "sh", "mount", "umount", "cat", "echo", "ls", "insmod", "mkdir", "sleep", "dmesg", "grep", "poweroff", "taskset", "ln", "rm", "stat", "head",
        "tail", "wc", "sed", "cp", "mv", "sync", "seq", "uname", "stty", "tr", "timeout", "kill", "ps", "chmod", "awk", "df", "gzip", "od", "test",
    ];

    /// <summary>Builds it.</summary>
    /// <param name="modules">The kernel's modules folder.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">A tool or module is missing.</exception>
    public static async Task Build(string modules, string path, CancellationToken cancellation)
    {
        List<(string Name, byte[] Contents)> found = await GuestModules.Find(modules, cancellation);
        await using FileStream file = File.Create(path);
        await using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        using var archive = new CpioWriter(gzip);
        foreach (string folder in new[] { "/proc", "/sys", "/dev", "/tmp", "/host", "/etc", "/mnt/ext4", "/mnt/xfs" })
        {
            archive.AddFolder(folder);
        }

        archive.AddFile("/init", Encoding.ASCII.GetBytes(Init.ReplaceLineEndings("\n")), executable: true);
        archive.AddFile("/commands", Encoding.ASCII.GetBytes(Commands.ReplaceLineEndings("\n")));
        archive.AddFile("/bin/busybox", await File.ReadAllBytesAsync(await Busybox(cancellation), cancellation), executable: true);
        Array.ForEach(Applets, name => archive.AddLink($"/bin/{name}", "busybox"));
        await AddTools(archive, cancellation);
        archive.AddFile("/modules/order", Encoding.ASCII.GetBytes(string.Join('\n', found.Select(m => m.Name)) + "\n"));
        found.ForEach(m => archive.AddFile($"/modules/{m.Name}", m.Contents));
    }

    private static async Task<string> Busybox(CancellationToken cancellation)
    {
        string path = Tool.Require("busybox");
        ToolResult libraries = await Tool.Run("ldd", [path], cancellation);
        return Libraries().IsMatch(libraries.Output)
            ? throw new LabException("faultline: busybox is not the static one; on Debian: apt-get install -y busybox-static")
            : path;
    }

    private static async Task AddTools(CpioWriter archive, CancellationToken cancellation)
    {
        var libraries = new HashSet<string>();
        foreach (string name in new[] { "mkfs.ext4", "mkfs.xfs", "xfs_io" })
        {
            string tool = Tool.Require(name);
            archive.AddFile($"/sbin/{name}", await File.ReadAllBytesAsync(tool, cancellation), executable: true);
            string needs = await Tool.Demand("ldd", [tool], cancellation);
            libraries.UnionWith(Libraries().Matches(needs).Select(m => m.Value));
        }

        foreach (string library in libraries)
        {
            archive.AddFile(library, await File.ReadAllBytesAsync(library, cancellation), executable: true);
        }

        if (File.Exists("/etc/mke2fs.conf"))
        {
            archive.AddFile("/etc/mke2fs.conf", await File.ReadAllBytesAsync("/etc/mke2fs.conf", cancellation));
        }
    }

    [GeneratedRegex(@"/\S+\.so[.\d]*")]
    private static partial Regex Libraries();
}
