using System.ComponentModel;
using System.Diagnostics;

namespace Faultline.Real.Lab;

/// <summary>What a program printed, and how it ended.</summary>
/// <param name="Status">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
public sealed record ToolResult(int Status, string Output, string Errors);

/// <summary>Runs the programs that the lab is built from: apt, dpkg-deb, depmod, xz.</summary>
public static class Tool
{
    /// <summary>What a Debian user installs to have all of them.</summary>
    public const string Install =
        "apt-get install -y --no-install-recommends qemu-system-x86 xfsprogs e2fsprogs busybox-static kmod xz-utils";

    private static readonly string[] Folders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

    /// <summary>Where a program is; null: nowhere. Looks in sbin too, which is not on every user's PATH.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(Folders)
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    /// <summary>Where a program is.</summary>
    /// <exception cref="LabException">It is not there.</exception>
    public static string Require(string name) =>
        Find(name) ?? throw new LabException($"faultline: {name} is needed and not installed; on Debian: {Install}");

    /// <summary>Runs a program to its end.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellation">Kills it.</param>
    /// <param name="folder">Where it runs; null: here.</param>
    /// <exception cref="LabException">It is not installed.</exception>
    public static async Task<ToolResult> Run(
        string name, IEnumerable<string> arguments, CancellationToken cancellation, string? folder = null)
    {
        var start = new ProcessStartInfo(Require(name), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? "",
        };
        start.Environment["LC_ALL"] = "C";
        using Process process = Start(start);
        process.StandardInput.Close();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            string errors = await process.StandardError.ReadToEndAsync(cancellation);
            string printed = await output;
            await process.WaitForExitAsync(cancellation);
            return new ToolResult(process.ExitCode, printed, errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <exception cref="LabException">It did not: with what it said.</exception>
    public static async Task<string> Demand(
        string name, IEnumerable<string> arguments, CancellationToken cancellation, string? folder = null)
    {
        string[] all = [.. arguments];
        ToolResult result = await Run(name, all, cancellation, folder);
        return result.Status == 0
            ? result.Output
            : throw new LabException($"faultline: {name} {string.Join(' ', all)} failed:\n{Last(result.Errors + result.Output, 12)}");
    }

    /// <summary>The last lines of a text.</summary>
    public static string Last(string text, int lines) =>
        string.Join('\n', text.ReplaceLineEndings("\n").TrimEnd().Split('\n').TakeLast(lines).Select(line => "  " + line));

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new LabException($"faultline: cannot run {start.FileName}: {e.Message}");
        }
    }
}
