global using Mutex = Faultline.Engine.Sync.Mutex;
