using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Faultline.Real.Runs;

/// <summary>How a process ended, and what it wrote.</summary>
/// <param name="ExitCode">Its exit code; 128 and the signal's number when a signal ended it.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
internal sealed record ProcessResult(int ExitCode, string Output, string Errors);

/// <summary>Runs programs, and ends them when this one is interrupted.</summary>
internal static partial class Processes
{
    private const int Terminate = 15;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Runs a program to its end. When cancelled it gets SIGTERM, and SIGKILL some seconds later.</summary>
    /// <param name="program">Path.</param>
    /// <param name="arguments">Arguments.</param>
    /// <param name="limit">It is ended like this after so long, too; null: never.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="RunException">It cannot be started.</exception>
    public static ProcessResult Run(
        string program, IReadOnlyList<string> arguments, TimeSpan? limit = null, CancellationToken cancellation = default)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Start(start);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        DateTime end = DateTime.UtcNow + (limit ?? TimeSpan.FromDays(1000));
        while (!process.WaitForExit(50))
        {
            if (cancellation.IsCancellationRequested || DateTime.UtcNow > end)
            {
                _ = Kill(process.Id, Terminate);
                if (!process.WaitForExit(Grace))
                {
                    process.Kill(entireProcessTree: true);
                    process.WaitForExit(Grace); // a thread that hangs in the kernel may keep it
                }

                break;
            }
        }

        bool ended = Task.WaitAll([output, errors], Grace);
        return new ProcessResult(
            process.HasExited ? process.ExitCode : -1, ended ? output.Result : "", ended ? errors.Result : "");
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new RunException($"{start.FileName} cannot be run: {e.Message}; is the filesystem of {Path.GetTempPath()} mounted noexec? TMPDIR names another one");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
