using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Real.Histograms;
using Faultline.Real.Lab;
using Faultline.Real.LabRuns;

namespace Faultline.Real.Tests;

/// <summary>
/// A real kernel in QEMU, where QEMU is installed and a kernel is ready (<c>faultline lab prepare 6.12</c>); skipped with the reason
/// elsewhere. Tests download nothing.
/// </summary>
public sealed class LabSmokeTests
{
    private static readonly string[] Tests = ["seed/generic-437", "seed/first-store", "fstests/generic-470"], Tools = ["qemu-system-x86_64", "mkfs.ext4", "mkfs.xfs"];
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60), Answer = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Several tests in one boot, on both filesystems, with DAX on; none ends as the model never does.</summary>
    [Fact]
    public async Task Kernel_and_model_agree()
    {
        Manifest kernel = KernelOrSkip();
        KernelVersion model = RunningKernel.Nearest(kernel.Release, KernelVersions.All)!;
        LabJob[] jobs =
        [
            .. from test in Tests
               from fs in new[] { FilesystemKind.Ext4, FilesystemKind.Xfs }
               select new LabJob(Corpus.Load(test), fs),
        ];
        var results = new List<LabResult>();
        await using (var session = new LabSession(kernel, new GuestOptions(Accelerator: KernelLab.AcceleratorOf(kernel))))
        {
            var run = new LabRun(session, model, new LabRunOptions(Seconds: 1, Limit, Watch.All, SearchLimits.None), (_, _) => { });
            await foreach (LabResult result in run.Run(jobs, Cancellation))
            {
                results.Add(result);
            }

            Assert.Single(session.Boots);
        }

        Assert.Equal(jobs.Length, results.Count);
        Assert.All(results, result =>
        {
            var text = new StringWriter();
            LabText.Write(text, result);
            Assert.True(result.Verdict is LabVerdict.Agrees or LabVerdict.Reproduced, text.ToString());
            Assert.Contains(": DAX is on\n", text.ToString(), StringComparison.Ordinal);
            Assert.True(result.Comparison!.Seen.Rounds > 0);
        });
    }

    /// <summary>No network; and when it panics, the kernel's last words are told, and nothing of it stays.</summary>
    [Fact]
    public async Task A_guest_that_panics()
    {
        Manifest kernel = KernelOrSkip();
        string share;
        await using (Guest guest = await Guest.Boot(kernel, new GuestOptions(Accelerator: KernelLab.AcceleratorOf(kernel)), Cancellation))
        {
            share = guest.Share;
            Assert.Equal("lo", (await guest.Demand("ls /sys/class/net", Answer, Cancellation)).Trim());
            LabException e = await Assert.ThrowsAsync<LabException>(() => guest.Run("echo c > /proc/sysrq-trigger", Answer, Cancellation));
            Assert.Contains(kernel.Release, e.Message, StringComparison.Ordinal);
            Assert.Contains("Kernel panic - not syncing", e.Message, StringComparison.Ordinal);
            Assert.True(guest.HasEnded);
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(share)));
    }

    private static Manifest KernelOrSkip()
    {
        foreach (string tool in Tools)
        {
            Assert.SkipWhen(Tool.Find(tool) is null, $"{tool} is not installed: {Tool.Install}");
        }

        Compilation.CompilerOrSkip();
        Manifest? kernel = LabCache.All().LastOrDefault(k => k.Recipe == LabCache.Recipe);
        Assert.SkipWhen(kernel is null, "no kernel is ready: 'faultline lab prepare 6.12' gets one");
        return kernel!;
    }
}
