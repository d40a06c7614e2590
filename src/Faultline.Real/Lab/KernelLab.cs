namespace Faultline.Real.Lab;

/// <summary>Prepares kernels: gets them, builds what they boot, and boots them once to see that they do.</summary>
/// <param name="say">Is told what goes on.</param>
public sealed class KernelLab(Action<string> say)
{
    private static readonly TimeSpan TcgLimit = TimeSpan.FromSeconds(120), KvmLimit = TimeSpan.FromSeconds(15);

    /// <summary>The prepared kernel that a name stands for, prepared now if it is not there.</summary>
    /// <param name="name">A release, the beginning of one, or <c>newest</c>.</param>
    /// <param name="suite">The Debian suite to ask for what the machine's own do not have.</param>
    /// <param name="again">Make it anew even if it is there.</param>
    /// <param name="cancellation">Stops it; nothing half-made is left.</param>
    public async Task<Manifest> Prepare(string name, string suite, bool again, CancellationToken cancellation)
    {
        Manifest? there = name == "newest" ? null : LabCache.Find(name);
        if (there is not null && !again && there.Recipe == InitramfsBuilder.Recipe)
        {
            LabCache.Verify(there);
            return there;
        }

        Tool.Require("qemu-system-x86_64");
        return await InScratch(async scratch =>
        {
            string unpacked = Path.Combine(scratch, "package");
            Directory.CreateDirectory(unpacked);
            UnpackedKernel kernel = await new DebianKernels(suite, say).Get(there?.Release ?? name, unpacked, cancellation);
            return await Build(kernel, scratch, cancellation);
        });
    }

    /// <summary>Prepares a kernel of the user's own.</summary>
    /// <param name="image">Its bzImage.</param>
    /// <param name="modules">Its modules, <c>.../lib/modules/RELEASE</c>.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="LabException">They are not there, or it does not boot.</exception>
    public Task<Manifest> PrepareOwn(string image, string modules, CancellationToken cancellation)
    {
        if (!File.Exists(image))
        {
            throw new LabException($"faultline: {image}: no such kernel image; expected a bzImage (arch/x86/boot/bzImage)");
        }

        if (!Directory.Exists(Path.Combine(modules, "kernel")))
        {
            throw new LabException($"faultline: {modules}: no folder 'kernel' in it; expected what 'make modules_install' wrote: .../lib/modules/RELEASE");
        }

        string release = Path.GetFileName(Path.GetFullPath(modules).TrimEnd('/'));
        var kernel = new UnpackedKernel(release, $"own image {Path.GetFileName(image)}", image, modules);
        return InScratch(scratch => Build(kernel, scratch, cancellation));
    }

    private async Task<Manifest> Build(UnpackedKernel kernel, string scratch, CancellationToken cancellation)
    {
        string files = Path.Combine(scratch, "files");
        Directory.CreateDirectory(files);
        File.Copy(kernel.Image, Path.Combine(files, LabCache.Image));
        say("building the initramfs");
        await InitramfsBuilder.Build(kernel.Modules, Path.Combine(files, LabCache.Initramfs), cancellation);
        string accelerator = await TryBoot(kernel, files, cancellation);
        return LabCache.Add(files, kernel.Release, kernel.Package, accelerator);
    }

    // Some machines have a /dev/kvm on which a kernel hangs: only a boot tells.
    private async Task<string> TryBoot(UnpackedKernel kernel, string files, CancellationToken cancellation)
    {
        if (CanOpenKvm())
        {
            say("booting it with KVM");
            try
            {
                await Boots(kernel, files, new GuestOptions(Accelerator: "kvm", BootLimit: KvmLimit), cancellation);
                return "kvm";
            }
            catch (LabException)
            {
                say($"/dev/kvm is there, but the kernel did not boot with it within {KvmLimit.TotalSeconds:F0} s");
            }
        }
        else
        {
            say("no usable /dev/kvm");
        }

        say("booting it with QEMU's software emulation (TCG), which is slower");
        await Boots(kernel, files, new GuestOptions(Accelerator: "tcg", BootLimit: TcgLimit), cancellation);
        return "tcg";
    }

    private async Task Boots(UnpackedKernel kernel, string files, GuestOptions options, CancellationToken cancellation)
    {
        var manifest = new Manifest(kernel.Release, kernel.Package, options.Accelerator, InitramfsBuilder.Recipe, []);
        await using Guest guest = await Guest.Boot(manifest, files, options, cancellation);
        string running = (await guest.Demand("uname -r", TimeSpan.FromSeconds(20), cancellation)).Trim();
        string devices = await guest.Demand("ls /dev/pmem0 /dev/pmem1 && test -d /host", TimeSpan.FromSeconds(20), cancellation);
        if (running != kernel.Release)
        {
            throw new LabException($"faultline: the image is {running}, its modules are of {kernel.Release}");
        }

        say($"it boots in {guest.BootTime.TotalSeconds:F1} s, with {string.Join(" and ", devices.Split('\n', StringSplitOptions.RemoveEmptyEntries))}");
    }

    private static bool CanOpenKvm()
    {
        try
        {
            using FileStream device = File.Open("/dev/kvm", FileMode.Open, FileAccess.ReadWrite);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async Task<Manifest> InScratch(Func<string, Task<Manifest>> build)
    {
        string scratch = "";
        try
        {
            scratch = LabCache.NewScratch();
            return await build(scratch);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LabException(
                $"faultline: {e.Message}; the lab keeps kernels in {LabCache.Root} and needs about 700 MB there while it prepares one (set XDG_CACHE_HOME for another place)");
        }
        finally
        {
            if (Directory.Exists(scratch))
            {
                Directory.Delete(scratch, recursive: true);
            }
        }
    }
}
