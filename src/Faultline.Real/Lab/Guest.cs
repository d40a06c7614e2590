using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Faultline.Real.Lab;

/// <summary>How a guest is started.</summary>
/// <param name="Cpus">Virtual CPUs.</param>
/// <param name="Accelerator"><c>kvm</c> or <c>tcg</c>.</param>
/// <param name="Debugger">Open QEMU's gdbstub on <see cref="Guest.DebuggerSocket"/>.</param>
/// <param name="Isolated">Keep the guest's own work off all CPUs but the first.</param>
/// <param name="BootLimit">How long a boot may take.</param>
public sealed record GuestOptions(
    int Cpus = 2, string Accelerator = "tcg", bool Debugger = false, bool Isolated = false, TimeSpan? BootLimit = null);

/// <summary>
/// A real kernel running in QEMU with two persistent-memory devices, no network, and a folder shared with the host. Commands go to a shell
/// in it over a serial port. It ends with this object, and also when this process is killed.
/// </summary>
public sealed partial class Guest : IAsyncDisposable
{
    private const string Ready = "FAULTLINE-READY ", Status = "FAULTLINE-STATUS ";
    private const long DiskBytes = 64 << 20;
    private const int LongestFolder = 90; // of the 107 bytes of a Unix socket's path
    private static readonly TimeSpan Dying = TimeSpan.FromSeconds(10);

    // Kills QEMU and removes the session's folder as soon as its standard input closes: when this object is disposed, or this process dies.
    private const string Keeper = """
        trap '' INT HUP TERM
        exec 3<&0
        folder=$1; shift
        "$@" </dev/null 3<&- & qemu=$!
        ( cat <&3 >/dev/null; kill -9 $qemu; rm -rf "$folder" ) >/dev/null 2>&1 &
        wait $qemu; status=$?
        exec 3<&-
        exit $status
        """;

    private readonly Process process;
    private readonly string folder;
    private readonly StringBuilder errors = new();
    private Socket? control;
    private string pending = "";
    private bool ended, hungUp;

    private Guest(Process process, string folder, Manifest kernel)
    {
        this.process = process;
        this.folder = folder;
        Kernel = kernel;
        process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.OutputDataReceived += (_, line) => errors.AppendLine(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    /// <summary>The kernel that runs in it.</summary>
    public Manifest Kernel { get; }

    /// <summary>The folder that the guest sees as <c>/host</c>.</summary>
    public string Share => Path.Combine(folder, "share");

    /// <summary>Where QEMU's gdbstub listens, if it was asked for.</summary>
    public string DebuggerSocket => Path.Combine(folder, "gdb");

    /// <summary>How long it took until the first command could be given.</summary>
    public TimeSpan BootTime { get; private set; }

    /// <summary>Has QEMU ended? It does when the kernel panics.</summary>
    public bool HasEnded => ended || hungUp || process.HasExited;

    /// <summary>The kernel's console so far.</summary>
    public string Console
    {
        get
        {
            string log = Path.Combine(folder, "console");
            using FileStream? stream = File.Exists(log) ? new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite) : null;
            using StreamReader? reader = stream is null ? null : new StreamReader(stream, Encoding.Latin1);
            return reader?.ReadToEnd().Replace("\r", "", StringComparison.Ordinal) ?? "";
        }
    }

    /// <summary>Boots a prepared kernel.</summary>
    /// <param name="kernel">The kernel; its files are verified.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">No QEMU, or the kernel does not boot: with the end of its log.</exception>
    public static Task<Guest> Boot(Manifest kernel, GuestOptions options, CancellationToken cancellation)
    {
        LabCache.Verify(kernel);
        return Boot(kernel, LabCache.Folder(kernel.Release), options, cancellation);
    }

    /// <summary>Boots the image and initramfs in a folder.</summary>
    internal static async Task<Guest> Boot(Manifest kernel, string files, GuestOptions options, CancellationToken cancellation)
    {
        string qemu = Tool.Require("qemu-system-x86_64"), folder = NewFolder();
        var start = new ProcessStartInfo("/bin/sh", ["-c", Keeper, "faultline-lab", folder, qemu, .. QemuArguments.Of(files, folder, options)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        long started = Stopwatch.GetTimestamp();
        var guest = new Guest(Process.Start(start)!, folder, kernel);
        try
        {
            TimeSpan limit = options.BootLimit ?? TimeSpan.FromSeconds(180);
            await guest.Connect(limit, cancellation);
            await guest.Until(Ready, limit - Stopwatch.GetElapsedTime(started), $"did not boot within {limit.TotalSeconds:F0} s", cancellation);
            guest.BootTime = Stopwatch.GetElapsedTime(started);
            return guest;
        }
        catch
        {
            await guest.DisposeAsync();
            throw;
        }
    }

    // With the shared folder and the disk in it.
    private static string NewFolder()
    {
        string folder = "";
        try
        {
            folder = Directory.CreateTempSubdirectory("faultline-lab-").FullName;
            Directory.CreateDirectory(Path.Combine(folder, "share"));
            using FileStream disk = File.Create(Path.Combine(folder, QemuArguments.Disk));
            disk.SetLength(DiskBytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LabException($"faultline: {e.Message}; a guest needs a folder in {Path.GetTempPath()}, TMPDIR names another place");
        }

        if (Encoding.UTF8.GetByteCount(folder) > LongestFolder)
        {
            Directory.Delete(folder, recursive: true);
            throw new LabException($"faultline: {folder} is too long a path for a socket in it; TMPDIR names another place");
        }

        return folder;
    }

    /// <summary>Runs a line of shell in the guest.</summary>
    /// <param name="line">One line.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellation">Stops waiting; the guest is of no more use then.</param>
    /// <returns>Its exit code, and what it printed.</returns>
    /// <exception cref="LabException">The guest hangs or panicked: with the end of its log.</exception>
    public async Task<ToolResult> Run(string line, TimeSpan limit, CancellationToken cancellation)
    {
        await Send(line, cancellation);
        string output = await Until(Status, limit, $"did not answer '{line}' within {limit.TotalSeconds:F0} s", cancellation);
        int at = output.LastIndexOf(Status, StringComparison.Ordinal);
        return new ToolResult(int.Parse(output.AsSpan(at + Status.Length).Trim(), CultureInfo.InvariantCulture), output[..at], "");
    }

    /// <summary>Runs a line of shell that must succeed.</summary>
    /// <exception cref="LabException">It did not, or the guest is gone.</exception>
    public async Task<string> Demand(string line, TimeSpan limit, CancellationToken cancellation)
    {
        ToolResult result = await Run(line, limit, cancellation);
        return result.Status == 0
            ? result.Output
            : throw new LabException($"faultline: in the guest, '{line}' failed:\n{Tool.Last(result.Output, 10)}");
    }

    /// <summary>Starts a line of shell whose end is waited for by <see cref="Finish"/>.</summary>
    public async Task Send(string line, CancellationToken cancellation)
    {
        if (control is null || process.HasExited)
        {
            throw Gone("has ended");
        }

        await control.SendAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellation);
    }

    /// <summary>Waits for the end of what <see cref="Send"/> started.</summary>
    public async Task<ToolResult> Finish(TimeSpan limit, CancellationToken cancellation)
    {
        string output = await Until(Status, limit, $"did not answer within {limit.TotalSeconds:F0} s", cancellation);
        int at = output.LastIndexOf(Status, StringComparison.Ordinal);
        return new ToolResult(int.Parse(output.AsSpan(at + Status.Length).Trim(), CultureInfo.InvariantCulture), output[..at], "");
    }

    /// <summary>Waits for a line of what <see cref="Send"/> started.</summary>
    /// <returns>That line, and what came before it.</returns>
    /// <exception cref="LabException">It did not come in time, or the guest is gone.</exception>
    public Task<string> Expect(string line, TimeSpan limit, CancellationToken cancellation) =>
        Until(line, limit, $"did not say '{line}' within {limit.TotalSeconds:F0} s", cancellation);

    /// <summary>Gives two commands to QEMU's monitor.</summary>
    /// <returns>What it said.</returns>
    public async Task<string> Monitor(string first, string second, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(folder, "monitor")), cancellation);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"{first}\n{second}\nhelp quit\n"), cancellation);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(TimeSpan.FromSeconds(20));
        var text = new StringBuilder();
        var buffer = new byte[65536];
        while (!text.ToString().Contains("-- quit the emulator", StringComparison.Ordinal))
        {
            int got = await socket.ReceiveAsync(buffer, deadline.Token);
            text.Append(got > 0 ? Encoding.Latin1.GetString(buffer, 0, got) : throw Gone("ended"));
        }

        return text.ToString();
    }

    /// <summary>Makes a filesystem on its device and mounts it with DAX on <c>/mnt/ext4</c> or <c>/mnt/xfs</c>.</summary>
    /// <param name="filesystem"><c>ext4</c> or <c>xfs</c>.</param>
    /// <param name="reflink">With shared blocks (XFS).</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The folder in the guest.</returns>
    /// <exception cref="LabException">It cannot be mounted with DAX.</exception>
    public async Task<string> Mount(string filesystem, bool reflink, CancellationToken cancellation)
    {
        string at = $"/mnt/{filesystem}", share = reflink ? "1" : "0";
        string make = filesystem == "ext4"
            ? "mkfs.ext4 -q -F -b 4096 -E stride=512,stripe_width=512 /dev/pmem0 && mount -t ext4 -o dax=always /dev/pmem0 /mnt/ext4"
                + " && echo 0 > /sys/fs/ext4/pmem0/extent_max_zeroout_kb" // else a store makes blocks beside it written, too
            : $"mkfs.xfs -q -f -m reflink={share} -d su=2m,sw=1,agcount=2 -l size=64m,su=4k /dev/pmem1 && mount -t xfs -o dax=always /dev/pmem1 /mnt/xfs";
        await Demand($"umount {at} 2>/dev/null; {make}", TimeSpan.FromSeconds(60), cancellation);
        return at;
    }

    /// <summary>The host's ids of the threads that run the guest's CPUs, in order.</summary>
    public IReadOnlyList<int> CpuThreads()
    {
        int qemu = int.Parse(File.ReadAllText($"/proc/{process.Id}/task/{process.Id}/children").Split(' ')[0], CultureInfo.InvariantCulture);
        return [.. Directory.EnumerateDirectories($"/proc/{qemu}/task")
            .Select(task => (Id: int.Parse(Path.GetFileName(task), CultureInfo.InvariantCulture), Name: File.ReadAllText(Path.Combine(task, "comm"))))
            .Where(t => t.Name.StartsWith("CPU ", StringComparison.Ordinal))
            .OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => t.Id)];
    }

    /// <summary>Makes a filesystem on the guest's disk, which is no persistent memory, and mounts it; a device writes into the memory of who reads it with O_DIRECT.</summary>
    /// <returns>The folder in the guest.</returns>
    /// <exception cref="LabException">The kernel has no virtio_blk.</exception>
    public async Task<string> MountDisk(CancellationToken cancellation)
    {
        const string at = "/mnt/disk";
        await Demand(
            $"grep -q ' {at} ' /proc/mounts || {{ mkdir -p {at} && mkfs.ext4 -q -F /dev/vda && mount -t ext4 /dev/vda {at}; }}", TimeSpan.FromSeconds(60), cancellation);
        return at;
    }

    /// <summary>Ends it: nothing of it is left running, and no socket or file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (ended)
        {
            return;
        }

        ended = true;
        control?.Dispose();
        process.StandardInput.Close();
        using (var late = new CancellationTokenSource(Dying))
        {
            try
            {
                await process.WaitForExitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true); // someone killed the keeper
            }
        }

        process.Dispose();
        for (int i = 0; i < 100 && Directory.Exists(folder); i++)
        {
            await Task.Delay(20);
        }
    }

    /// <summary>An error that shows the end of the kernel's log.</summary>
    internal LabException Gone(string what)
    {
        string console = Console, said = errors.ToString().Trim();
        return new LabException(
            $"faultline: the guest ({Kernel.Release}, {Kernel.Package}) {what}"
            + (said.Length > 0 ? $"; QEMU said:\n{Tool.Last(said, 5)}" : "")
            + (console.Trim().Length > 0 ? $"\nThe end of its console:\n{Tool.Last(LastWords(console), 60)}" : "\nIts console is empty."));
    }

    // The same when QEMU ends: with its last words.
    private async Task<LabException> Ended(string what)
    {
        using var late = new CancellationTokenSource(Dying);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            // its sockets are closed, and it goes on
        }

        return Gone(what);
    }

    // From the first complaint on, where that is not far from the end; else the last lines.
    private static string LastWords(string console)
    {
        string[] lines = console.TrimEnd().Split('\n');
        int first = Array.FindIndex(lines, l => Complaint().IsMatch(l));
        return string.Join('\n', first < 0 ? lines.TakeLast(25) : lines.Skip(first).Take(60));
    }

    [GeneratedRegex(@"Kernel panic|BUG: |Oops|sysrq: Trigger a crash|Unable to mount root|not syncing")]
    private static partial Regex Complaint();

    private async Task Connect(TimeSpan limit, CancellationToken cancellation)
    {
        var path = new UnixDomainSocketEndPoint(Path.Combine(folder, "control"));
        long started = Stopwatch.GetTimestamp();
        for (;;)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(path, cancellation);
                control = socket;
                return;
            }
            catch (SocketException)
            {
                socket.Dispose();
            }

            if (process.HasExited || Stopwatch.GetElapsedTime(started) > limit)
            {
                throw await Ended("could not be started");
            }

            await Task.Delay(20, cancellation);
        }
    }

    // Everything up to the end of the line that begins with a word.
    private async Task<string> Until(string word, TimeSpan limit, string late, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(limit < TimeSpan.Zero ? TimeSpan.Zero : limit);
        var buffer = new byte[65536];
        try
        {
            for (;;)
            {
                int at = pending.StartsWith(word, StringComparison.Ordinal) ? 0 : pending.IndexOf("\n" + word, StringComparison.Ordinal) + 1;
                int end = at > 0 || pending.StartsWith(word, StringComparison.Ordinal) ? pending.IndexOf('\n', at) : -1;
                if (end >= 0)
                {
                    string text = pending[..end];
                    pending = pending[(end + 1)..];
                    return text;
                }

                int got = await control!.ReceiveAsync(buffer, deadline.Token);
                hungUp = got == 0;
                pending += got > 0 ? Encoding.UTF8.GetString(buffer, 0, got) : throw await Ended("ended");
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Gone(late);
        }
        catch (SocketException)
        {
            hungUp = true;
            throw await Ended("ended");
        }
    }
}
